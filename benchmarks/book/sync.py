"""Part `sync`: time until all books of a market are live, beside what its request weight allows.

Synthetic symbols in real time, the shipped task without Kafka. The exchange counts weight per clock
minute, so the peer is arithmetic: all that the limit allows at the first instant of each minute. It
may take at most 1.2 times as long, and no request may be refused.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from benchmarks import BenchmarkError
from benchmarks.book.exchange import Exchange, exchange
from benchmarks.book.programs import bench_settings
from benchmarks.book.report import Report, say
from benchmarks.book.tasks import Answers, new_context, task_settings, watched
from connectors.binance.venues import SPOT, USDM
from connectors.connect.telemetry import Metric

_MINUTE_S = 60.0
_POLL_S, _TELL_S, _MOST_S = 0.05, 15.0, 900.0
_MOST_RATIO = 1.2
_BEGIN_S = 20.0
"""Within a clock minute: two thirds of the first one are left, as for a start at any time."""
_HEAD = ("", "s to live", "s at least", "ratio", "answers", "refused", "most weight")


def least_s(symbols: int, weight: int, limit: int, began_s: float) -> float:
    """Return the seconds until the last snapshot may be asked for at the earliest.

    Args:
        symbols: one snapshot each.
        weight: of a snapshot.
        limit: of a clock minute.
        began_s: epoch seconds.
    """
    later_minutes = (symbols - 1) // (limit // weight)
    return later_minutes * _MINUTE_S - began_s % _MINUTE_S if later_minutes else 0.0


@dataclass(frozen=True, slots=True)
class _Start:
    """How one start went; seconds from the task's start."""

    live_s: float
    told_s: float
    least_s: float
    answers: Answers
    events: dict[str, int]


def _follow(options: argparse.Namespace, found: Exchange, symbols: str) -> _Start:
    context, events, told = new_context(), Counter[str](), set[str]()
    task, answers = watched(options.market)
    venue, wanted = (SPOT if options.market == "spot" else USDM), symbols.count(",") + 1
    config: dict[str, object] = {
        "snapshot.limit": options.limit,
        "audit.interval.ms": options.audit_interval_ms,
    }
    began_s, began = time.time(), time.monotonic()
    live_s, told_s, tell_s = 0.0, 0.0, began + _TELL_S
    task.start(task_settings(options.market, found.url, symbols, **config), context)
    try:
        while not (live_s and told_s):
            for record in task.poll(_POLL_S):
                if record.value.get("kind") == "top":
                    told.add(str(record.value["symbol"]))
                elif "event" in record.value:
                    events[str(record.value["event"])] += 1
            now_s = time.monotonic()
            live = context.telemetry.values.get(Metric.BOOKS_LIVE, 0)
            live_s = live_s or (now_s - began if live == wanted else 0.0)
            told_s = told_s or (now_s - began if len(told) == wanted else 0.0)
            if now_s > tell_s:
                tell_s += _TELL_S
                say(f"{now_s - began:5.0f} s: {live} of {wanted} live, {len(told)} published")
            if now_s - began > _MOST_S:
                raise BenchmarkError(f"expected {wanted} books in {_MOST_S:.0f} s, found {live}")
    finally:
        task.stop()
    weight = venue.snapshot_weight(options.limit)
    least = least_s(wanted, weight, venue.weight_limit, began_s)
    return _Start(live_s, told_s, least, answers, dict(events))


def _symbols(found: Exchange, market: str) -> str:
    path = "/api/v3/exchangeInfo" if market == "spot" else "/fapi/v1/exchangeInfo"
    listed: list[dict[str, Any]] = found.get(path)["symbols"]
    return ",".join(one["symbol"] for one in listed)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--symbols", type=int, default=500)
    parser.add_argument("--limit", type=int, default=1_000, help="levels a side; 100 is quick")
    parser.add_argument("--market", choices=("spot", "usdm"), default="spot")
    parser.add_argument("--audit-interval-ms", type=int, default=300_000, help="of our clock")


def run(options: argparse.Namespace) -> None:
    """Measure and report.

    Raises:
        BenchmarkError: a request was refused, or it took too long.
    """
    root = bench_settings().root
    given = ("--synthetic", str(options.symbols), "--market", options.market)
    with exchange(root, *given) as found:
        symbols = _symbols(found, options.market)
        _await_new_minute()
        start = _follow(options, found, symbols)
    report = Report("sync", _HEAD, vars(options) | {"events": start.events})
    ratio = start.live_s / start.least_s if start.least_s else None
    for name, seconds in (("live", start.live_s), ("published", start.told_s)):
        share = f"{seconds / start.least_s:.3f}" if start.least_s else "one minute"
        report.add(
            (
                f"{options.symbols} {options.market} books, limit {options.limit}, all {name}",
                f"{seconds:.1f}",
                f"{start.least_s:.1f}",
                share,
                f"{start.answers.snapshots + start.answers.failed}",
                f"{start.answers.refused}",
                f"{start.answers.most_used:,}",
            ),
            {"seconds": seconds, "least_s": start.least_s, "refused": start.answers.refused},
        )
    report.write(root)
    if start.answers.refused or (ratio is not None and ratio > _MOST_RATIO):
        raise BenchmarkError(
            f"expected at most {_MOST_RATIO} times the least and no refusal, found "
            f"{ratio} and {start.answers.refused}"
        )


def _await_new_minute() -> None:
    """Begin in a minute in which our own question for the symbols has not cost weight."""
    time.sleep(_MINUTE_S - time.time() % _MINUTE_S + _BEGIN_S)
