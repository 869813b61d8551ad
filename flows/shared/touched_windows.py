"""Correct what is made from trades after some were added: windows first, then their rollups."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.shared.config import FlowConfig
from flows.shared.correction import Correction, correct
from flows.shared.gold import Scope, roll_up
from flows.shared.recomputation import NOT_PROVEN, Proven
from market.touched_ranges import TouchedRange

_LOOKBACK = timedelta(hours=1)
"""How far a rollup looks back from the start of its window, so also across midnight."""


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
        without_stream: as `flows.shared.correction.correct` takes it.
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
