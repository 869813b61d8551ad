"""Peer: a plain book of dicts by hand, in one Python process, as most feed handlers keep one.

On each diff it publishes best bid and ask and the sums over 5 and 20 levels, found with `heapq`,
and 20 levels a side once a second. Prices and sizes are floats as keys and texts as sent. It keeps
no offset, uses no transaction, audits nothing, knows no edge of what is proven and has no depth
within a band: less than the connector does.

usage: peer_book FRAMES [BOOTSTRAP TOPS_TOPIC LEVELS_TOPIC]
"""

import gc
import heapq
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import confluent_kafka
import msgspec

from benchmarks.book.outcome import Outcome, kinds
from benchmarks.book.prepared import read_frames, read_snapshots
from benchmarks.candles.meter import Measured, own_sample

_SAMPLE_EVERY = 2_000
_LEVELS, _FEW = 20, 5
Publish = Callable[[str, dict[str, Any]], None]


class _Data(msgspec.Struct):
    s: str
    u: int
    b: Any
    a: Any
    U: int = 0
    pu: int | None = None
    E: int = 0
    B: str = ""
    A: str = ""


class _Frame(msgspec.Struct):
    data: _Data


class _Book:
    """Sizes by price, both sides."""

    def __init__(self, snapshot: dict[str, Any], publish: Publish) -> None:
        self.bids = {float(price): size for price, size in snapshot["bids"]}
        self.asks = {float(price): size for price, size in snapshot["asks"]}
        self.last_id: int = snapshot["lastUpdateId"]
        self.best: tuple[float, float] = (0.0, 0.0)
        self.losses = self.mismatches = 0
        self._second = 0
        self._publish = publish

    def on_diff(self, data: _Data) -> None:
        """Apply and publish."""
        is_next = self.last_id + 1 >= data.U if data.pu is None else data.pu == self.last_id
        if self._second and not is_next:
            self.losses += 1
        for side, levels in ((self.bids, data.b), (self.asks, data.a)):
            for price, size in levels:
                if float(size):
                    side[float(price)] = size
                else:
                    side.pop(float(price), None)
        self.last_id = data.u
        bids, asks = heapq.nlargest(_LEVELS, self.bids), heapq.nsmallest(_LEVELS, self.asks)
        self.best = (bids[0], asks[0])
        self._publish("top", self._top(data, bids, asks))
        second = data.E // 1_000
        if second != self._second:
            self._second = second
            self._publish("levels", self._levels(data, bids, asks))

    def _top(self, data: _Data, bids: list[float], asks: list[float]) -> dict[str, Any]:
        value = {"symbol": data.s, "last_update_id": data.u, "event_time_ms": data.E}
        for name, side, prices in (("bid", self.bids, bids), ("ask", self.asks, asks)):
            sizes = [float(side[price]) for price in prices]
            value[f"{name}_price"] = prices[0]
            value[f"{name}_size"] = side[prices[0]]
            value[f"{name}_size_sum_5"] = sum(sizes[:_FEW])
            value[f"{name}_size_sum_20"] = sum(sizes)
        return value

    def _levels(self, data: _Data, bids: list[float], asks: list[float]) -> dict[str, Any]:
        return {
            "symbol": data.s,
            "event_time_ms": data.E,
            "bid_prices": bids,
            "bid_sizes": [self.bids[price] for price in bids],
            "ask_prices": asks,
            "ask_sizes": [self.asks[price] for price in asks],
        }

    def on_ticker(self, data: _Data) -> None:
        """Compare with the exchange's best bid and ask at the same id."""
        if data.u == self.last_id and self.best != (float(data.b), float(data.a)):
            self.mismatches += 1


def _kafka(bootstrap_servers: str, topics: dict[str, str]) -> tuple[Publish, Callable[[], object]]:
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "compression.type": "lz4",
            "linger.ms": 5,
            "acks": "all",
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    encode = msgspec.json.Encoder().encode

    def publish(kind: str, value: dict[str, Any]) -> None:
        producer.produce(topics[kind], encode(value), value["symbol"])
        producer.poll(0)

    return publish, producer.flush


def _run(path: Path, publish: Publish, flush: Callable[[], object]) -> Outcome:
    counts, frames = Counter[str](), read_frames(path)

    def counted(kind: str, value: dict[str, Any]) -> None:
        counts[kind] += 1
        publish(kind, value)

    book = _Book(read_snapshots(path)[0], counted)
    decode = msgspec.json.Decoder(_Frame).decode
    gc.freeze()
    samples = [own_sample(0)]
    for number, frame in enumerate(frames, 1):
        data = decode(frame).data
        if data.B:
            book.on_ticker(data)
        else:
            book.on_diff(data)
        if number % _SAMPLE_EVERY == 0:
            samples.append(own_sample(number))
    flush()
    samples.append(own_sample(len(frames)))
    counts |= {"losses": book.losses, "mismatches": book.mismatches}
    return Outcome(Measured.of(samples, len(frames)), kinds(counts))


def main() -> None:
    """Run, and print the outcome as JSON."""
    path, *broker = sys.argv[1:]
    if broker:
        bootstrap_servers, tops, levels = broker
        run = _run(Path(path), *_kafka(bootstrap_servers, {"top": tops, "levels": levels}))
    else:
        run = _run(Path(path), lambda _kind, _value: None, lambda: None)
    print(run.line())


if __name__ == "__main__":
    main()
