"""Correct windows: recompute them from `bronze`, and correct what differs in lake and MongoDB.

Idempotent: a second run finds nothing to do and raises no `revision`. A run that was killed is
completed by the next one over the same ranges, since each store is compared as it is.

How far the streams have written windows is read from the lake: what is later is theirs, not a
correction's. A table that has no window of a market at all is not written by any stream.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import cast

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.shared.config import FlowConfig
from flows.shared.corrected_windows import Correction, correct_lake, correct_live, summed
from flows.shared.gold import Scope, roll_up
from flows.shared.recomputation import NOT_PROVEN, Proven, Report, recomputed
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS
from market.touched_ranges import DAY_MS, MINUTE_MS, TouchedRange, by_day, whole_minutes
from sql import statement
from stores.trino import at_once, query
from stores.trino_literals import FIRST_MS, LAST_MS, instant

MAX_RANGES = 200
"""Ranges of one batch job, which gets them as one argument."""

_LOOKBACK = timedelta(hours=1)
"""How far a rollup looks back from the start of its window, so also across midnight."""


def _with_any(*names: str) -> frozenset[str]:
    return frozenset(
        table.name for table in WINDOWS if any(field.name in names for field in table.fields)
    )


OF_TRADES = _with_any("trade_count")
"""The tables whose windows are made from trades."""
OF_BOOKS = _with_any("synced_ms", "quoted_trade_count")
"""The same, for books."""


@task(retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def correct_windows(
    config: FlowConfig, ranges: list[TouchedRange], *, without_stream: bool, proven_ms: Proven
) -> list[Correction]:
    """Correct every window of ranges; a commit that lost to another run's is retried."""
    return correct(
        config,
        ranges,
        without_stream=without_stream,
        proven_ms=proven_ms,
        report=get_run_logger().info,
    )


def correct_and_roll_up(
    config: FlowConfig,
    scope: Scope,
    ranges: list[TouchedRange],
    *,
    without_stream: bool = False,
    proven_ms: Proven = NOT_PROVEN,
) -> list[Correction]:
    """Correct the windows of ranges, and roll up again the days that they are in.

    Args:
        config: of the run.
        scope: of the rollup.
        ranges: to which trades were added.
        without_stream: as `correct` takes it.
        proven_ms: the same.

    Returns:
        What became of each symbol's windows, by table.
    """
    if not ranges:
        return []
    corrections = correct_windows(
        config, ranges, without_stream=without_stream, proven_ms=proven_ms
    )
    # Also when nothing was corrected: a run before this one may have been killed in between.
    roll_up(scope, touched_days(ranges))
    return corrections


def touched_days(ranges: Iterable[TouchedRange]) -> list[date]:
    """Return the days, UTC, whose rollups use any of the ranges, in order."""
    days: set[date] = set()
    for one in ranges:
        day = datetime.fromtimestamp(one.from_time_ms / 1_000, UTC).date()
        end = datetime.fromtimestamp(one.to_time_ms / 1_000, UTC) + _LOOKBACK
        while day <= end.date():
            days.add(day)
            day += timedelta(days=1)
    return sorted(days)


def correct(
    config: FlowConfig,
    ranges: Sequence[TouchedRange],
    *,
    without_stream: bool = False,
    proven_ms: Proven = NOT_PROVEN,
    report: Report = lambda _: None,
) -> list[Correction]:
    """Recompute the windows of ranges and correct what differs, for every metric.

    Args:
        config: of the run.
        ranges: in any order; they are widened to whole minutes.
        without_stream: also correct windows that the streams have not passed. Only for a time
            that no stream will ever write: it would write the same windows a second time.
        proven_ms: by market and symbol, the instant before which the exchange has no trade after
            the newest one in bronze.
        report: receives progress, in words.

    Returns:
        What became of each symbol's windows, by table.

    Raises:
        RecomputationError: the batch job failed.
        ClusterError: Flink refused it or does not answer.
        QueryError: Trino refused or does not answer.
    """
    found: list[Correction] = []
    for part in batches(ranges):
        report(f"recomputing {len(part)} ranges, from {instant(part[0].from_time_ms)} on")
        with recomputed(config, part, report, proven_ms) as staging:
            found += _correct_batch(config, part, staging, without_stream=without_stream)
    return summed(found)


def _correct_batch(
    config: FlowConfig, ranges: Sequence[TouchedRange], staging: str, *, without_stream: bool
) -> list[Correction]:
    # Before the merges, which may withdraw a market's newest window.
    newest = at_once(partial(passed_until, config, ranges=ranges), WINDOWS)
    passed = dict(zip(WINDOWS, newest, strict=True))

    def in_lake(table: Table) -> list[Correction]:
        until = passed[table]
        return correct_lake(config, table, staging, ranges, until, without_stream=without_stream)

    def in_mongodb(table: Table) -> list[Correction]:
        return correct_live(config, table, ranges, passed[table])

    # MongoDB is compared with the lake as it is then.
    found = [*at_once(in_lake, WINDOWS), *at_once(in_mongodb, WINDOWS)]
    return [one for of_table in found for one in of_table]


def batches(ranges: Iterable[TouchedRange]) -> Iterator[list[TouchedRange]]:
    """Yield the ranges of each batch job: those of one day, UTC, and not too many of them."""
    cut = sorted(by_day(whole_minutes(ranges)), key=lambda one: (one.from_time_ms, one))
    for _, day in groupby(cut, key=lambda one: one.from_time_ms // DAY_MS):
        of_day = list(day)
        for start in range(0, len(of_day), MAX_RANGES):
            yield of_day[start : start + MAX_RANGES]


def passed_until(
    config: FlowConfig, table: Table, ranges: Sequence[TouchedRange]
) -> dict[str, int]:
    """Return the end of the newest window from the ranges on, by market; some have none.

    Near the ranges first: the rest of a large table is read only where it may matter.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    start_ms = min(one.from_time_ms for one in ranges)
    near_ms = max(one.to_time_ms for one in ranges) + DAY_MS
    near = _newest(config, table, start_ms, near_ms)
    if all(near.get(one.market, 0) >= one.to_time_ms for one in ranges):
        return near
    return near | _newest(config, table, near_ms, LAST_MS)


def tables_behind(
    config: FlowConfig, ranges: Iterable[TouchedRange]
) -> dict[TouchedRange, frozenset[str]]:
    """Return the tables whose streams have not passed the end of a range, by range.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    ends = {one: whole_minutes([one])[0].to_time_ms for one in ranges}
    behind: dict[TouchedRange, set[str]] = {one: set() for one in ends}
    in_order = sorted(ends, key=lambda one: (ends[one], one))
    for _, group in groupby(in_order, key=lambda one: (ends[one] - 1) // DAY_MS):
        of_day = list(group)
        last_minutes = [
            TouchedRange(one.market, one.symbol, ends[one] - MINUTE_MS, ends[one]) for one in of_day
        ]
        found = at_once(partial(_behind, config, ranges=last_minutes), WINDOWS)
        for table, late in zip(WINDOWS, found, strict=True):
            for one, minute in zip(of_day, last_minutes, strict=True):
                if minute in late:
                    behind[one].add(table.name)
    return {one: frozenset(names) for one, names in behind.items()}


def _behind(config: FlowConfig, table: Table, ranges: Sequence[TouchedRange]) -> set[TouchedRange]:
    until = passed_until(config, table, ranges)
    late = {one for one in ranges if until.get(one.market, 0) < one.to_time_ms}
    if not late:
        return late
    written = _newest(config, table, FIRST_MS, LAST_MS)
    return {one for one in late if one.market in written}


def _newest(config: FlowConfig, table: Table, start_ms: int, end_ms: int) -> dict[str, int]:
    names = {
        "silver": config.namespace.layer("silver"),
        "table": table.name,
        "start": instant(start_ms),
        "end": instant(end_ms),
    }
    rows = query(config.trino_url, statement("flows/correction/passed.sql", names)).rows
    return dict(cast("Iterable[tuple[str, int]]", rows))
