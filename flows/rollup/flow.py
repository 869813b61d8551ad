"""Rollups: the tables of `gold`, from the windows of `silver`.

Incremental: only windows whose sources changed are recomputed. Idempotent: a second run changes no
row. Late-safe: a revised minute has its windows recomputed, and `revision` grows where a value
changed; a window without a minute left is withdrawn.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact

from flows.shared.config import read_config
from flows.shared.gold import Outcome, Scope, days_between, known_days, roll_up


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
