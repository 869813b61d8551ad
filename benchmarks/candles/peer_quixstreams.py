"""Peer: quixstreams with exactly-once, one-second windows of the same sums, in one process.

Computes less than the job (no open and close by order, no minutes) on a slice of the input. Exact
sums travel through its state as decimal strings, because its state holds JSON.

usage: peer_quixstreams BOOTSTRAP TOPIC RECORDS OUTPUT_TOPIC
"""

import json
import sys
import tempfile
import uuid
from decimal import Decimal
from typing import Any

from quixstreams import Application

from benchmarks.candles.meter import Measured, Sample, own_sample

State = dict[str, Any]
_SAMPLE_EVERY = 5_000


def _first(trade: State) -> State:
    empty = {"volume_base": "0", "volume_quote": "0", "buy_base": "0", "buy_quote": "0", "count": 0}
    return _add(empty | {"high": trade["price"], "low": trade["price"]}, trade)


def _add(sums: State, trade: State) -> State:
    price, quantity = Decimal(trade["price"]), Decimal(trade["quantity"])
    quote = price * quantity
    sums["count"] += 1
    sums["volume_base"] = str(Decimal(sums["volume_base"]) + quantity)
    sums["volume_quote"] = str(Decimal(sums["volume_quote"]) + quote)
    if trade["taker_side"] == "buy":
        sums["buy_base"] = str(Decimal(sums["buy_base"]) + quantity)
        sums["buy_quote"] = str(Decimal(sums["buy_quote"]) + quote)
    sums["high"] = str(max(Decimal(sums["high"]), price))
    sums["low"] = str(min(Decimal(sums["low"]), price))
    return sums


def main() -> None:
    """Compute windows over the first records of a topic and print what it took as JSON."""
    bootstrap, name, records, output = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    samples: list[Sample] = []
    seen = 0

    def count(_: State) -> None:
        nonlocal seen
        if seen % _SAMPLE_EVERY == 0:
            samples.append(own_sample(seen))
        seen += 1
        if seen == records:
            application.stop()

    application = Application(
        broker_address=bootstrap,
        consumer_group=f"bench-{uuid.uuid4().hex[:8]}",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        state_dir=tempfile.mkdtemp(),
        loglevel="WARNING",
    )
    topic = application.topic(
        name,
        value_deserializer="json",
        timestamp_extractor=lambda value, *_: value["event_time_ms"],
    )
    frame = application.dataframe(topic)
    frame = frame.update(count)
    frame = frame.tumbling_window(duration_ms=1_000).reduce(_add, _first).final()
    frame.to_topic(application.topic(output, value_serializer="json"))
    application.run()
    samples.append(own_sample(seen))
    print(json.dumps(Measured.of(samples, seen).as_json()))


if __name__ == "__main__":
    main()
