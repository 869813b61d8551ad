"""Measure queries, rollup and bytes a trade, each beside a peer over the same files.

Every figure is a median of runs after one that does not count; candidate and peer take turns, so
that a ratio holds when the machine's speed drifts. It counts only when both found the same.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from pymongo import MongoClient

from benchmarks.candles.report import machine
from benchmarks.lake.dataset import DAY, Size, days
from benchmarks.lake.engine import Engine, Stored, bytes_per_trade
from benchmarks.lake.fill import compact, fill
from benchmarks.lake.peers import Reader
from iceberg.migrate import drop
from market.dictionary.names import Namespace
from stack import pipeline
from stack.settings import Settings, read_settings
from stack.stack import Stack

_DAY_S = 86_400
_SERVICES = ("objectstore", "mongodb", "trino")


class BenchmarkError(Exception):
    """Candidate and peer differ; no figure may be taken from it."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A candidate beside its peer.

    Attributes:
        rows: that the result was made from.
        seconds: median of the runs, and the same of the peer.
        load: load average of the last minute when it had ended.
    """

    name: str
    rows: int
    seconds: float
    slowest: float
    peer: str
    peer_seconds: float
    load: float

    def __str__(self) -> str:
        """Return a line for people."""
        median_ms, slowest_ms = 1e3 * self.seconds, 1e3 * self.slowest
        return (
            f"{self.name:44}{self.rows:>10,}{median_ms:>10,.0f}{slowest_ms:>10,.0f}"
            f"{self.rows / self.seconds:>12,.0f}  {self.peer:18}{1e3 * self.peer_seconds:>8,.0f}"
            f"{self.peer_seconds / self.seconds:>8.2f}{self.load:>7.1f}"
        )


_HEAD = (
    f"{'':44}{'rows':>10}{'p50 ms':>10}{'max ms':>10}{'rows/s':>12}  {'peer':18}{'p50 ms':>8}"
    f"{'x peer':>8}{'load':>7}"
)


def _timed(
    name: str,
    rows: int,
    ours: Callable[[], Sequence[Any]],
    peer_name: str,
    peer: Callable[[], Sequence[Any]],
    runs: int,
) -> Timed:
    found, expected = ours(), peer()
    if sorted(found) != sorted(map(type(found[0]), expected)):
        raise BenchmarkError(f"{name}: expected the rows of {peer_name}, found others")
    pairs = [(_seconds(ours), _seconds(peer)) for _ in range(runs)]
    own = [one for one, _ in pairs]
    theirs = median(one for _, one in pairs)
    return Timed(name, rows, median(own), max(own), peer_name, theirs, os.getloadavg()[0])


def _seconds(call: Callable[[], Any]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def _queries(engine: Engine, reader: Reader, size: Size, runs: int) -> Iterator[Timed]:
    symbol = size.names()[size.symbols // 2]
    peer = "pyiceberg, Arrow"
    yield _timed(
        "a day of one symbol's seconds",
        _DAY_S - size.hot_seconds,
        lambda: engine.seconds_of_a_day(symbol),
        peer,
        lambda: reader.seconds_of_a_day(symbol),
        runs,
    )
    yield _timed(
        f"{size.days} days of {size.symbols} symbols' minutes, grouped",
        size.days * size.symbols * _DAY_S // 60,
        engine.month_of_minutes,
        peer,
        reader.month_of_minutes,
        runs,
    )
    yield _timed(
        "a day of seconds, lake and MongoDB",
        _DAY_S,
        lambda: engine.hot_and_cold(symbol),
        "and pymongo",
        lambda: reader.hot_and_cold(symbol),
        runs,
    )


def _rollup(engine: Engine, reader: Reader, size: Size) -> Iterator[Timed]:
    """Yield the first rollup of a day's minutes to hours, and one that finds nothing to do."""
    minutes = size.symbols * 1_440
    for name in ("minutes to hours of a day, first", "the same again, nothing to do"):
        started = time.monotonic()
        outcome = engine.hours_of_a_day(time.time_ns() // 1_000_000)
        seconds = time.monotonic() - started
        started = time.monotonic()
        hours = reader.hours_of_a_day()
        peer_seconds = time.monotonic() - started
        if outcome.inserted not in (hours, 0):
            raise BenchmarkError(f"rollup: expected {hours} hours, found {outcome}")
        load = os.getloadavg()[0]
        yield Timed(name, minutes, seconds, seconds, "pandas, not kept", peer_seconds, load)


@contextmanager
def _stack(settings: Settings) -> Iterator[None]:
    """A running stack; one that did not run before is taken down and wiped afterwards."""
    stack = Stack(settings)
    ours = not stack.supervisor.is_alive()
    try:
        stack.up(_SERVICES)
        yield
    finally:
        _tear_down(settings)
        if ours:
            stack.down(wipe=True)


def _tear_down(settings: Settings) -> None:
    drop(pipeline.lake(settings))
    with MongoClient[dict[str, Any]](settings.mongodb.uri) as client:
        client.drop_database(settings.namespace.database())


def _measure(settings: Settings, size: Size, runs: int) -> tuple[list[Timed], list[Stored]]:
    lake = fill(settings, size)
    compact(settings, lake, "candles_1s", DAY)
    for day in days(size):
        compact(settings, lake, "candles_1m", day)
    engine, reader = Engine(settings), Reader(settings, lake)
    rows = []
    print(_HEAD, flush=True)
    for measured in (*_queries(engine, reader, size, runs), *_rollup(engine, reader, size)):
        print(measured, flush=True)
        rows.append(measured)
    stored = bytes_per_trade(settings, lake, size)
    print("\n" + "\n".join(map(str, stored)))
    return rows, stored


def main() -> None:
    """Set up, measure, report, clean up."""
    parser = argparse.ArgumentParser(prog="benchmarks/lake/run", description=__doc__)
    parser.add_argument("--symbols", type=int, default=20)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--trades", type=int, default=1_000_000)
    parser.add_argument("--hot-seconds", type=int, default=300)
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()
    size = Size(options.symbols, options.days, options.trades, options.hot_seconds)
    settings = replace(read_settings(), namespace=Namespace(f"bench_lake_{os.getpid()}"))
    print(f"{size}; {', '.join(machine().values())}; load {os.getloadavg()[0]:.1f}", flush=True)
    with _stack(settings):
        rows, stored = _measure(settings, size, options.runs)
    path = settings.root / "build" / "bench" / "lake.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "size": asdict(size),
        "machine": machine(),
        "timed": [asdict(row) for row in rows],
        "stored": [asdict(one) for one in stored],
    }
    path.write_text(json.dumps(content, indent=2) + "\n")
    print(f"written to {path.relative_to(settings.root)}; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
