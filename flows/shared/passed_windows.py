"""How far the streams have written windows: what is later is theirs, not a correction's.

A table that has no window of a market at all is not written by any stream.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import cast

from flows.shared.config import FlowConfig
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS
from market.touched_ranges import DAY_MS, MINUTE_MS, TouchedRange, whole_minutes
from sql import statement
from stores.trino import query
from stores.trino_literals import FIRST_MS, LAST_MS, instant


def _with_any(*names: str) -> frozenset[str]:
    return frozenset(
        table.name for table in WINDOWS if any(field.name in names for field in table.fields)
    )


OF_TRADES = _with_any("trade_count")
"""The tables whose windows are made from trades."""
OF_BOOKS = _with_any("synced_ms", "quoted_trade_count")
"""The same, for books."""


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
    by_day = sorted(ends, key=lambda one: (ends[one], one))
    for _, group in groupby(by_day, key=lambda one: (ends[one] - 1) // DAY_MS):
        of_day = list(group)
        last_minutes = [
            TouchedRange(one.market, one.symbol, ends[one] - MINUTE_MS, ends[one]) for one in of_day
        ]
        for table in WINDOWS:
            late = _behind(config, table, last_minutes)
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
