"""Part `soak`: a day and more of event time, compared level by level with the exchange's own book.

A synthetic market as fast as it is read, one shipped task without Kafka. At each hour of event time
every book is read up to the very update that the exchange's own book was asked for at, and all
proven levels are compared. Resyncs are counted, and the process's memory.
"""

import argparse
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil

from benchmarks import BenchmarkError
from benchmarks.book.comparison import Comparison
from benchmarks.book.exchange import Exchange, exchange
from benchmarks.book.programs import bench_settings
from benchmarks.book.report import Report
from benchmarks.book.tasks import Answers, new_context, task_settings, watched
from connectors.connect.contract import TaskContext
from connectors.connect.telemetry import Metric
from connectors.feeds import books_task
from connectors.feeds.books_task import BATCH_FRAMES, BooksTask
from market.books.order_book import OrderBook

START_MS = 1_791_331_200_000
"""Midnight UTC, so that hours of event time are told by the clock."""
HOUR_MS = 3_600_000
_POLL_S, _STANDS_S = 0.05, 60.0
_MOST_ASKED_AGAIN = 20
"""In one comparison; most need none."""
_HEAD = ("", "diffs", "diffs/s", "levels", "equal %", "RSS MiB", "resyncs", "audits")
_RESYNCS = ("resync_begun", "book_mismatch")


@dataclass(slots=True)
class _Soak:
    """One task on one exchange, and what it has told."""

    market: str
    found: Exchange
    symbols: tuple[str, ...]
    config: dict[str, object]
    context: TaskContext = field(default_factory=new_context)
    events: Counter[str] = field(default_factory=Counter)
    records: int = 0
    asked_again: int = 0
    task: BooksTask = field(init=False)
    answers: Answers = field(init=False)

    def __post_init__(self) -> None:
        self.task, self.answers = watched(self.market)
        settings = task_settings(self.market, self.found.url, ",".join(self.symbols), **self.config)
        self.task.start(settings, self.context)

    @property
    def books(self) -> dict[str, OrderBook | None]:
        """The verified books."""
        books = self.task._feed._books
        return {symbol: one.book for symbol, one in books.by_symbol.items()}

    @property
    def proven_ms(self) -> int:
        """Event time of the last heartbeat."""
        return self.context.telemetry.values.get(Metric.PROVEN_TIME_MS, 0)

    @property
    def diffs(self) -> int:
        """Taken so far, of all books."""
        return self.context.telemetry.values.get(Metric.DIFFS, 0)

    def poll(self) -> None:
        """Read once."""
        for record in self.task.poll(_POLL_S):
            self.records += 1
            if "event" in record.value:
                self.events[str(record.value["event"])] += 1

    def read_until(self, time_ms: int) -> None:
        """Read up to an instant of event time.

        Raises:
            BenchmarkError: event time stands still.
        """
        moved_s, proven_ms = time.monotonic(), self.proven_ms
        while self.proven_ms < time_ms:
            self.poll()
            if self.proven_ms > proven_ms:
                moved_s, proven_ms = time.monotonic(), self.proven_ms
            elif time.monotonic() - moved_s > _STANDS_S:
                raise BenchmarkError(f"event time stands at {proven_ms}; events {self.events}")

    def compare(self) -> Comparison:
        """Compare every book at the update that the exchange's own is asked for at."""
        result, self.asked_again = Comparison(), 0
        own = {symbol: self.found.book(self.market, symbol) for symbol in self.symbols}
        # One frame a poll, so that each book can be seen at exactly that update.
        books_task.BATCH_FRAMES = 1
        try:
            while own:
                for symbol, ours in self.books.items():
                    self._compare_at(symbol, ours, own, result)
                self.poll()
        finally:
            books_task.BATCH_FRAMES = BATCH_FRAMES
        return result

    def _compare_at(
        self, symbol: str, ours: OrderBook | None, own: dict[str, Any], result: Comparison
    ) -> None:
        if symbol not in own or ours is None:
            return
        wanted = own[symbol]["last_update_id"]
        if ours.last_update_id > wanted:
            own[symbol] = self._own_again(symbol, wanted, ours.last_update_id)
        elif ours.last_update_id == wanted:
            result.add(ours, own.pop(symbol))

    def _own_again(self, symbol: str, wanted: int, found: int) -> Any:
        """Ask for another one of the exchange's own, which was between two diffs of our stream.

        It is at the last diff of any speed, and those of 250 ms end where none of 100 ms does.
        """
        self.asked_again += 1
        if self.asked_again > _MOST_ASKED_AGAIN:
            raise BenchmarkError(f"{symbol}: expected update {wanted}, found {found}, once more")
        return self.found.book(self.market, symbol)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--hours", type=int, default=25, help="of event time")
    parser.add_argument("--symbols", default="XAAAUSDT,XAABUSDT,XAACUSDT", help="synthetic ones")
    parser.add_argument("--market", choices=("spot", "usdm"), default="spot")
    parser.add_argument("--speed", default="max", help="times real time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--audit-interval-ms", type=int, default=10_000, help="of our clock")


def _simulator_options(options: argparse.Namespace) -> list[str]:
    given = {
        "synthetic": options.symbols,
        "market": options.market,
        "seed": options.seed,
        "speed": options.speed,
        "start-time-ms": START_MS,
        "start": "on-subscribe",
    }
    return [part for name, value in given.items() for part in (f"--{name}", str(value))]


def _hour(soak: _Soak, number: int, report: Report) -> tuple[float, float]:
    """Read one hour, compare, and return percent and RSS."""
    began_s, diffs = time.monotonic(), soak.diffs
    soak.read_until(START_MS + number * HOUR_MS)
    rate = (soak.diffs - diffs) / (time.monotonic() - began_s)
    rss_mb = psutil.Process().memory_info().rss / 2**20
    compared = soak.compare()
    resyncs = sum(soak.events[kind] for kind in _RESYNCS)
    report.add(
        (
            f"hour {number} of event time",
            f"{soak.diffs:,}",
            f"{rate:,.0f}",
            f"{compared.compared:,}",
            f"{compared.percent:.4f}",
            f"{rss_mb:.1f}",
            f"{resyncs}",
            f"{soak.events['book_audited']}",
        ),
        {"diffs": soak.diffs, "rss_mb": rss_mb, "resyncs": resyncs} | asdict(compared),
    )
    return compared.percent, rss_mb


def run(options: argparse.Namespace) -> None:
    """Measure and report.

    Raises:
        BenchmarkError: a level differs, or a book was lost although nothing went wrong.
    """
    root = bench_settings().root
    report = Report("soak", _HEAD, vars(options))
    symbols = tuple(options.symbols.split(","))
    with exchange(root, *_simulator_options(options)) as found:
        config: dict[str, object] = {"audit.interval.ms": options.audit_interval_ms}
        soak = _Soak(options.market, found, symbols, config)
        try:
            hours = [_hour(soak, number, report) for number in range(1, options.hours + 1)]
        finally:
            soak.task.stop()
    # The first hour fills caches and the allocator's arenas.
    warm = [rss_mb for _, rss_mb in hours[1:]] or [hours[0][1]]
    report.facts |= {
        "events": dict(soak.events),
        "records": soak.records,
        "snapshots": asdict(soak.answers),
        "rss_mb_after_warm_up": {"first": warm[0], "last": warm[-1], "most": max(warm)},
    }
    report.write(root)
    lost = sum(soak.events[kind] for kind in _RESYNCS)
    if lost or any(percent < 100.0 for percent, _ in hours):
        raise BenchmarkError(f"expected equal levels and no resync, found {dict(soak.events)}")
