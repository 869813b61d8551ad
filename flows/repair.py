"""Repair: holes are filled from the exchange's history, and the windows they touched corrected.

Theory of operation. A hole is written into `ops.repairs` as found before anything is done about it,
and as dealt with when its windows are right. Each step in between may be run again without harm:
ids that bronze has are not fetched, a window that is right is not corrected, a rollup that is
right is not made again. So a run that is killed anywhere is completed by the next one, and two runs
beside each other do the same work twice at worst.

What the exchange does not have is marked as unrepairable, for good, and not asked for again.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE

from flows.config import FlowConfig, read_config
from flows.corrections.correction import Correction
from flows.corrections.touched_windows import put_right
from flows.gold import Scope
from flows.repairs.filling import filler_of
from flows.repairs.hole_filling import Attempt, HoleFiller
from flows.repairs.holes import Hole, new_holes, pending_holes
from flows.repairs.repair_log import Repair, State, record
from market.errors import TidemarkError

if TYPE_CHECKING:
    from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RepairError(TidemarkError):
    """Holes are left that the exchange may still fill."""


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE)
def note_holes(scope: Scope, start: datetime, settle_s: int) -> list[Hole]:
    """Write new holes down, and return all that wait."""
    record(scope, [Repair(hole, State.FOUND) for hole in new_holes(scope, start, settle_s)])
    return pending_holes(scope)


@task(retries=2, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="fill {hole}")
def fill(filler: HoleFiller, hole: Hole) -> Attempt:
    """Do what can be done about a hole before its windows are corrected."""
    return filler.attempt(hole)


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE)
def keep(scope: Scope, repairs: list[Repair]) -> None:
    """Write what became of holes."""
    record(scope, repairs)


@flow
def repair(
    lookback_hours: int | None = 24,
    settle_s: int = 120,
    max_trades: int = 500_000,
    symbols: list[str] | None = None,
) -> list[Repair]:
    """Fill holes and correct the windows that they touched.

    Args:
        lookback_hours: how far back ids are searched for holes; through the whole lake when None.
            Gaps and late records that were told are dealt with however old they are.
        settle_s: seconds by which the lake's newest record must follow a hole: until then the
            connector itself may still fill it.
        max_trades: longest gap that is filled; for a longer one there is the flow `backfill`.
        symbols: upper case; all when not given.

    Returns:
        What became of each hole.

    Raises:
        RepairError: the exchange did not answer for some; what could be repaired is.
    """
    config = read_config()
    now = datetime.fromtimestamp(time.time(), UTC)
    scope = Scope(config.trino_url, config.namespace, symbols or [], int(now.timestamp() * 1_000))
    start = _EPOCH if lookback_hours is None else now - timedelta(hours=lookback_hours)
    holes = note_holes(scope, start, settle_s)
    get_run_logger().info("%d holes to repair", len(holes))
    attempts = _fill_all(config, holes, max_trades)
    corrections = put_right(config, scope, [one.touched for one in attempts if one.touched])
    repairs = [_with_windows(one, corrections) for one in attempts]
    keep(scope, repairs)
    _tell(repairs, corrections)
    _require_answers(repairs)
    return repairs


def _fill_all(config: FlowConfig, holes: Sequence[Hole], max_trades: int) -> list[Attempt]:
    progress = cast(
        "UUID",
        create_progress_artifact(0.0, key="repair-progress", description="Holes dealt with"),
    )
    filler = HoleFiller(filler_of(config), max_trades)
    attempts = []
    for number, hole in enumerate(holes, start=1):
        attempts.append(fill(filler, hole))
        update_progress_artifact(progress, progress=100 * number / len(holes))
    if not holes:
        update_progress_artifact(progress, progress=100.0)
    return attempts


def _with_windows(attempt: Attempt, corrections: Sequence[Correction]) -> Repair:
    """Return a repair with the number of its symbol's windows that are other ones now."""
    hole = attempt.repair.hole
    windows = sum(
        one.corrected + one.inserted + one.withdrawn
        for one in corrections
        if attempt.touched and (one.market, one.symbol) == (hole.market, hole.symbol)
    )
    return replace(attempt.repair, corrected_windows=windows)


def _tell(repairs: Sequence[Repair], corrections: Sequence[Correction]) -> None:
    create_table_artifact(
        key="repairs",
        table=[asdict(one.hole) | asdict(one) | {"hole": str(one.hole)} for one in repairs],
        description="Holes, and what became of each",
    )
    create_table_artifact(
        key="corrections",
        table=[asdict(one) for one in corrections if one.is_change],
        description="Windows that were made or corrected, by table and symbol",
    )
    create_markdown_artifact(summary(repairs, corrections), key="repair-summary")


def summary(repairs: Sequence[Repair], corrections: Sequence[Correction]) -> str:
    """Return what a run did, as a few lines of Markdown."""
    states = Counter(repair.state for repair in repairs)
    reasons = Counter(repair.reason for repair in repairs if repair.reason)
    lines = [f"{len(repairs)} holes"]
    lines += [f"- {count} {state}" for state, count in sorted(states.items())]
    lines += [f"- {count} because of `{reason}`" for reason, count in sorted(reasons.items())]
    lines += [f"- {sum(one.fetched_trades for one in repairs)} trades fetched"]
    lines += [f"- {sum(one.corrected for one in corrections)} windows corrected"]
    lines += [f"- {sum(one.inserted for one in corrections)} windows made that were missing"]
    return "\n".join(lines)


def _require_answers(repairs: Sequence[Repair]) -> None:
    unanswered = [one for one in repairs if one.reason == "no_answer"]
    if unanswered:
        lines = "\n".join(f"{one.hole}: {one.detail}" for one in unanswered)
        raise RepairError(
            f"{len(unanswered)} of {len(repairs)} holes wait for an answer of the exchange; the "
            f"next run asks again\n{lines}"
        )
