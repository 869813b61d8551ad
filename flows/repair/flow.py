"""Repair: fill gaps from the exchange's history, and correct the windows that they touched.

Theory of operation. A gap is written into `ops.repairs` as found before anything is done about it,
and as dealt with when every window that it touched is right. Each step in between is safe to
repeat: ids that bronze has are not fetched, a window that is right is not corrected, a rollup that
is right is not changed. So a run that is killed anywhere is completed by the next one, and two
concurrent runs at worst do the same work twice.

A gap stays found, with its reason, as long as something can still change: a stream may still bring
its trades or write its windows, the exchange did not answer or did not give all of it, no later
trade proves it. After enough looks it is marked as unrepairable; only a run with `look_again` asks
for it again. A failure on one gap becomes its reason, and does not stop the repair of the others.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE

from flows.repair.gap_filling import Attempt, GapFiller, touched_by, waiting
from flows.repair.gaps import (
    Cause,
    Gap,
    Repair,
    State,
    late_not_in_bronze,
    new_gaps,
    pending_gaps,
    record,
)
from flows.repair.unknown_windows import attempt as attempt_unknown
from flows.repair.unknown_windows import conclude, still_unknown, tails_of
from flows.shared.config import FlowConfig, read_config
from flows.shared.corrected_windows import Correction
from flows.shared.correction import correct_and_roll_up, tables_behind
from flows.shared.filling import Filler, filler_of
from flows.shared.gold import Scope
from flows.shared.streams import streams_of
from market.errors import TidemarkError
from market.touched_ranges import TouchedRange

if TYPE_CHECKING:
    from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RepairError(TidemarkError):
    """Some gaps got no answer from the exchange, or failed."""


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE)
def record_gaps(
    scope: Scope, start: datetime, settle_s: int, *, look_again: bool = False
) -> list[Gap]:
    """Record new gaps, and return all that are due."""
    record(scope, [Repair(gap, State.FOUND) for gap in new_gaps(scope, start, settle_s)])
    return pending_gaps(scope, look_again=look_again)


@task(retries=2, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="fill {gap}")
def fill(filler: GapFiller, gap: Gap) -> Attempt:
    """Do what can be done about a gap before its windows are corrected."""
    return filler.attempt(gap)


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE)
def keep(scope: Scope, repairs: list[Repair]) -> None:
    """Record what became of gaps."""
    record(scope, repairs)


@flow
def repair(
    lookback_hours: int | None = 24,
    settle_s: int = 120,
    max_trades: int = 500_000,
    symbols: list[str] | None = None,
    *,
    look_again: bool = False,
) -> list[Repair]:
    """Fill gaps and correct the windows that they touched.

    Args:
        lookback_hours: how far back ids are searched for gaps; the whole lake when None.
            Gaps and late records that were reported are dealt with however old they are.
        settle_s: seconds by which the lake's newest record must follow a gap: until then the
            connector itself may still fill it.
        max_trades: longest gap that is filled; for a longer one there is the flow `backfill`.
        symbols: upper case; all when not given.
        look_again: also ask for what was marked as unrepairable.

    Returns:
        What became of each gap.

    Raises:
        RepairError: the exchange did not answer for some, or something failed; the others are
            repaired.
    """
    config = read_config()
    now = datetime.fromtimestamp(time.time(), UTC)
    scope = Scope(config.trino_url, config.namespace, symbols or [], int(now.timestamp() * 1_000))
    start = _EPOCH if lookback_hours is None else now - timedelta(hours=lookback_hours)
    gaps = record_gaps(scope, start, settle_s, look_again=look_again)
    get_run_logger().info("%d gaps to repair", len(gaps))
    filler = filler_of(config)
    attempts = _attempt_known(config, scope, filler, gaps, max_trades)
    unknown = [gap for gap in gaps if gap.cause is Cause.UNKNOWN]
    may_touch = [*_touched(attempts), *map(touched_by, unknown)]
    tails = tails_of(config, filler.rest if filler else None, may_touch)
    attempts += [attempt_unknown(gap, tails, scope.computed_at_ms) for gap in unknown]
    touched = _touched(attempts)
    # Before the correction, which corrects at least what the streams have passed by now.
    behind = tables_behind(config, touched)
    corrections = correct_and_roll_up(config, scope, touched, proven_ms=tails.proven_ms)
    unproven = still_unknown(config, touched)
    repairs = [
        _with_windows(conclude(one, behind, unproven), one.touched, corrections) for one in attempts
    ]
    keep(scope, repairs)
    _report(repairs, corrections)
    _require_answers(repairs)
    return repairs


def _attempt_known(
    config: FlowConfig,
    scope: Scope,
    filler: Filler | None,
    gaps: Sequence[Gap],
    max_trades: int,
) -> list[Attempt]:
    """Attempt all gaps but unknown windows, which depend on what the others brought."""
    progress = cast(
        "UUID",
        create_progress_artifact(0.0, key="repair-progress", description="Gaps dealt with"),
    )
    known = [gap for gap in gaps if gap.cause is not Cause.UNKNOWN]
    late = partial(late_not_in_bronze, scope)
    of_gaps = GapFiller(filler, streams_of(config), late, max_trades, scope.computed_at_ms)
    attempts = []
    for number, gap in enumerate(known, start=1):
        attempts.append(attempt_one(of_gaps, gap))
        update_progress_artifact(progress, progress=100 * number / len(known))
    if not known:
        update_progress_artifact(progress, progress=100.0)
    return attempts


def _touched(attempts: Sequence[Attempt]) -> list[TouchedRange]:
    return [one.touched for one in attempts if one.touched is not None]


def attempt_one(filler: GapFiller, gap: Gap) -> Attempt:
    """Attempt one gap; any failure becomes the reason why it waits."""
    try:
        return fill(filler, gap)
    except Exception as error:  # of any kind: the other gaps are still repaired
        get_run_logger().exception("%s", gap)
        return Attempt(waiting(gap, "failed", f"{type(error).__name__}: {error}"))


def _with_windows(
    repair: Repair, touched: TouchedRange | None, corrections: Sequence[Correction]
) -> Repair:
    """Return a repair with the number of its symbol's windows that changed."""
    gap = repair.gap
    windows = sum(
        one.corrected + one.inserted + one.withdrawn
        for one in corrections
        if touched and (one.market, one.symbol) == (gap.market, gap.symbol)
    )
    return replace(repair, corrected_windows=windows)


def _report(repairs: Sequence[Repair], corrections: Sequence[Correction]) -> None:
    create_table_artifact(
        key="repairs",
        table=[asdict(one.gap) | asdict(one) | {"gap": str(one.gap)} for one in repairs],
        description="Gaps, and what became of each",
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
    lines = [f"{len(repairs)} gaps"]
    lines += [f"- {count} {state}" for state, count in sorted(states.items())]
    lines += [f"- {count} because of `{reason}`" for reason, count in sorted(reasons.items())]
    lines += [f"- {sum(one.fetched_trades for one in repairs)} trades fetched"]
    lines += [f"- {sum(one.corrected for one in corrections)} windows corrected"]
    lines += [f"- {sum(one.inserted for one in corrections)} windows made that were missing"]
    return "\n".join(lines)


def _require_answers(repairs: Sequence[Repair]) -> None:
    unanswered = [one for one in repairs if one.reason in ("no_answer", "failed")]
    if unanswered:
        lines = "\n".join(f"{one.gap}: {one.detail}" for one in unanswered)
        raise RepairError(
            f"{len(unanswered)} of {len(repairs)} gaps wait for an answer or failed; the next "
            f"run tries again\n{lines}"
        )
