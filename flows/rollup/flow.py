"""Rollups: the tables of `gold`, from the windows of `silver`.

Incremental: only windows whose sources changed are recomputed. Idempotent: a second run changes no
row. Late-safe: a revised minute has its windows recomputed, and `revision` grows where a value
changed; a window without a minute left is withdrawn.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING, cast

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE

from flows.rollup.gate import Withheld, publishable, withheld
from flows.shared.config import read_config
from flows.shared.gold import Outcome, Scope, days_between, known_days, roll_up_day
from market.dictionary.gold_tables import GOLD
from market.dictionary.schemas import Table

if TYPE_CHECKING:
    from uuid import UUID


_PROGRESS = "Tables of each day that have been checked"


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="{table.name} {day}")
def roll_up_table(scope: Scope, table: Table, day: date) -> Outcome:
    """Roll up one day of one table; a commit that lost to another run's is retried."""
    return roll_up_day(scope, table, day)


@flow
def rollup(
    start: date | None = None,
    end: date | None = None,
    symbols: list[str] | None = None,
    lookback_days: int | None = None,
    *,
    force: bool = False,
) -> list[Outcome]:
    """Roll up every table of `gold` over a range of days, UTC.

    Args:
        start: first day; when not given, `lookback_days` before the last day that the lake has
            minutes or rollups of, or its first day.
        end: the day after the last; when not given, everything that there is.
        symbols: upper case, with every pair that one of them is in; all when not given.
        lookback_days: how far before the lake's last day to look; used without `start` only.
        force: also roll up what red suites would keep out.

    Returns:
        What became of each table's windows.
    """
    config = read_config()
    scope = Scope(config.trino_url, config.namespace, symbols or [], _now_ms())
    days = list(_choose_days(scope, start, end, lookback_days))
    get_run_logger().info("rolling up %d days: %s", len(days), f"{days[0]} .." if days else "none")
    outcomes = roll_up(scope, days, force=force)
    create_table_artifact(
        key="rollup-windows",
        table=[asdict(one) | {"unchanged": one.unchanged} for one in outcomes],
        description=f"Windows of {len(days)} days whose sources had changed, by table",
    )
    return outcomes


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _choose_days(
    scope: Scope, start: date | None, end: date | None, lookback_days: int | None
) -> Iterator[date]:
    known = known_days(scope)
    if known is None:
        return iter(())
    first, last = known
    if lookback_days is not None:
        first = max(first, last - timedelta(days=lookback_days))
    return days_between(start or first, end or last + timedelta(days=1))


def roll_up(scope: Scope, days: Sequence[date], *, force: bool = False) -> list[Outcome]:
    """Roll up day after day, each table after those that it is made from.

    What a day's red suites keep out is skipped and reported, unless `force` is set.

    Returns:
        What became of each table's windows.
    """
    # Typed for asynchronous callers as well; this flow is synchronous.
    progress = cast(
        "UUID", create_progress_artifact(0.0, key="rollup-progress", description=_PROGRESS)
    )
    totals = {table.name: Outcome(table.name) for table in GOLD}
    kept_out = {} if force else {day: withheld(scope, day) for day in days}
    _report_withheld([one for day in days for one in kept_out.get(day, ())])
    for number, (day, table) in enumerate(product(days, GOLD), start=1):
        allowed = publishable(scope, kept_out.get(day, ()))
        if allowed is not None:
            totals[table.name] += roll_up_table(allowed, table, day)
        update_progress_artifact(progress, progress=100 * number / (len(days) * len(GOLD)))
    if not days:
        update_progress_artifact(progress, progress=100.0)
    return list(totals.values())


def _report_withheld(kept_out: Sequence[Withheld]) -> None:
    """Show what red suites keep out of this run."""
    for one in kept_out:
        get_run_logger().warning("kept out of gold: %s", one)
    if kept_out:
        create_table_artifact(
            key="rollup-withheld",
            table=[asdict(one) | {"day": str(one.day)} for one in kept_out],
            description="Kept out of gold by red suites, until they are green or `force` is set",
        )
