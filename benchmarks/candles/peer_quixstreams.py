"""Peer: one-second sums by Quix Streams with exactly-once, over the first records of the topic.

usage: peer_quixstreams BOOTSTRAP TOPIC RECORDS
"""

import json
import secrets
import sys
import tempfile
from decimal import Decimal
from typing import Any

from quixstreams import Application
from quixstreams.models import TopicConfig

from benchmarks.candles.meter import Measured, Sample, own_sample
from benchmarks.candles.windows import LENGTHS_MS

_COMMIT_S = 5.0
_SAMPLE_EVERY = 5_000
_ZERO = {"base": "0", "quote": "0", "buy_base": "0", "buy_quote": "0", "count": 0}
_ONE_PARTITION = TopicConfig(num_partitions=1, replication_factor=1)


def _event_time_ms(value: Any, _headers: object, _timestamp: float, _kind: object) -> int:
    return int(value["event_time_ms"])


def _add(sums: dict[str, Any], trade: dict[str, Any]) -> dict[str, Any]:
    """Add a trade; sums are text between records, because state is JSON."""
    quantity = Decimal(trade["quantity"])
    amounts = {"base": quantity, "quote": Decimal(trade["price"]) * quantity}
    added = {name: str(Decimal(sums[name]) + amount) for name, amount in amounts.items()}
    if trade["taker_side"] == "buy":
        for name, amount in amounts.items():
            added[f"buy_{name}"] = str(Decimal(sums[f"buy_{name}"]) + amount)
    return {**sums, **added, "count": sums["count"] + 1}


def _is_trade(value: dict[str, Any]) -> bool:
    return value["kind"] == "trade"


class _Counter:
    """Samples this process at every few thousand records, and ends the run after the last."""

    def __init__(self, application: Application, last: int) -> None:
        self.samples: list[Sample] = []
        self._application = application
        self._last = last
        self._records = 0

    def count(self, _value: object) -> None:
        if self._records % _SAMPLE_EVERY == 0:
            self.samples.append(own_sample(self._records))
        self._records += 1
        if self._records == self._last:
            self._application.stop()


def _application(bootstrap: str, state: str) -> Application:
    return Application(
        broker_address=bootstrap,
        consumer_group=f"bench-quixstreams-{secrets.token_hex(3)}",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=_COMMIT_S,
        state_dir=state,
        loglevel="WARNING",
    )


def main() -> None:
    """Sum the first records and print what it took as JSON."""
    bootstrap, name, records = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with tempfile.TemporaryDirectory() as state:
        application = _application(bootstrap, state)
        counter = _Counter(application, records)
        trades = application.topic(name, timestamp_extractor=_event_time_ms)
        windows = application.topic(f"{name}.quixstreams", config=_ONE_PARTITION)
        stream = application.dataframe(trades).update(counter.count).filter(_is_trade)
        window = stream.tumbling_window(LENGTHS_MS["1s"])
        sums = window.reduce(_add, initializer=lambda trade: _add(_ZERO, trade)).final()
        sums.to_topic(windows)
        application.run()
    samples = [*counter.samples, own_sample(records)]
    print(json.dumps(Measured.of(samples, records).as_json()))


if __name__ == "__main__":
    main()
