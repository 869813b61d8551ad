"""One run of the proof in its random form, from the market's start to the judgement.

Theory of operation. The market begins when the pipeline listens to all of it. The plan is carried
out while MongoDB is polled; then the faults are cleared, and when the stream has caught up the flow
`repair` runs. Topics and the lake keep what they showed, so they are read at the end. What the
market did is in the simulator's journal, which nothing of the pipeline reads.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stack import pipeline
from stack.flow_process import FlowError, run_flow
from stack.settings import LOOPBACK, Settings
from verify.chaos.carrying_out import JobKeeper, carry_out
from verify.chaos.catching_up import caught_up_at
from verify.chaos.endings import Endings, judge_endings
from verify.chaos.judge import FalseTrust, claims_whole, false_trust
from verify.chaos.lake_rows import read_snapshots
from verify.chaos.live_rows import LiveRows
from verify.chaos.market import Market, running_market
from verify.chaos.marks import is_waiting, read_marks
from verify.chaos.plan import Plan
from verify.chaos.topic_rows import first_trades_ms, read_topics, unmarked_late
from verify.chaos.truth import read_truth
from verify.chaos.versions import Observed
from verify.proof import stores_of
from verify.stores import Stores

Report = Callable[[str], None]

_REPAIR = {"lookback_hours": None, "settle_s": 5}
_REPAIRS = 3
"""A schedule runs the flow again, whether it failed or could not do everything yet."""
_SETTLE_S = 20.0
"""A symbol may be held for some seconds after another one of its market has caught up."""
_FLUSH_S = 2.0
"""The end of the journal that is not judged: it may lack what was written last."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has found.

    Attributes:
        published: versions of rows, by store and table.
        claimed: those of them that claimed to be whole.
        unmarked_late: records that came after their window's time and do not say so.
        lagging: what had not caught up long after the faults' end.
        failures: of the flow `repair`, if its last run failed.
    """

    namespace: str
    plan: Plan
    published: Counter[tuple[str, str]]
    claimed: Counter[tuple[str, str]]
    false_trust: Sequence[FalseTrust]
    endings: Endings
    unmarked_late: Sequence[str]
    lagging: Sequence[str]
    failures: Sequence[str]

    @property
    def green(self) -> bool:
        """True when no row was false and each is whole or marked."""
        rows = (self.false_trust, self.endings.unresolved, self.unmarked_late)
        return not any((*rows, self.lagging, self.failures))


def journal_of(settings: Settings) -> Path:
    """Return the folder of a run's journal."""
    return settings.home / "verify" / settings.namespace.prefix


def run_plan(settings: Settings, plan: Plan, report: Report) -> Outcome:
    """Run a plan through the running stack, and judge every row that was visible.

    Args:
        settings: with a namespace of their own.
        plan: what goes wrong.
        report: called with every step, in words.

    Raises:
        ReplayError: the simulator is gone, or the market does not begin.
    """
    pipeline.make_ready(settings, report)
    pipeline.start_jobs(settings, report)
    stores = stores_of(settings)
    journal = journal_of(settings)
    shutil.rmtree(journal, ignore_errors=True)
    live = LiveRows(settings.mongodb.uri, settings.namespace.database())
    live.start()
    try:
        with running_market(settings, plan, journal) as market:
            report(f"market: {plan.symbols} symbols, seed {plan.seed}")
            with JobKeeper(settings, report):
                carry_out(settings, plan, market, report)
                horizon_ms, lagging = caught_up_at(stores, market.now_ms, report)
                # The repair has the machine to itself, apart from a market that runs on.
                market.calm_down()
                time.sleep(_SETTLE_S)
                failures = _repaired(settings, stores, market, report)
            end_ms = market.now_ms() - int(_FLUSH_S * 1_000)
    finally:
        live.stop()
    report(f"mongodb: read {live.readings} times, away {live.failed_readings} times")
    report("judge: reading topics, snapshots and the journal")
    observed = [*read_topics(stores), *live.observed(), *read_snapshots(stores.lake)]
    return _judged(settings, plan, stores, observed, (horizon_ms, end_ms), (lagging, failures))


def _judged(
    settings: Settings,
    plan: Plan,
    stores: Stores,
    observed: Sequence[Observed],
    times_ms: tuple[int, int],
    troubles: tuple[Sequence[str], Sequence[str]],
) -> Outcome:
    horizon_ms, end_ms = times_ms
    begins_ms = first_trades_ms(stores)
    truth = read_truth(journal_of(settings), begins_ms, end_ms)
    marks = read_marks(stores.lake_rows("repairs"), stores.book_tops_lake(), begins_ms)
    published: Counter[tuple[str, str]] = Counter()
    claimed: Counter[tuple[str, str]] = Counter()
    for one in observed:
        published[one.store, one.table] += len(one.versions)
        claimed[one.store, one.table] += sum(
            claims_whole(one.table, version.row) for version in one.versions
        )
    return Outcome(
        settings.namespace.prefix,
        plan,
        published,
        claimed,
        false_trust(observed, truth),
        judge_endings(observed, truth, marks, horizon_ms),
        unmarked_late(stores),
        *troubles,
    )


def _repaired(settings: Settings, stores: Stores, market: Market, report: Report) -> list[str]:
    """Run the flow `repair` until nothing waits; return the failures of its last runs."""
    asking = replace(settings, exchange=f"http://{LOOPBACK}:{market.port}")
    failures: list[str] = []
    for number in range(1, _REPAIRS + 1):
        report(f"repair: run {number}")
        try:
            run_flow(asking, "repair", _REPAIR)
        except FlowError as error:
            failures.append(f"repair, run {number}: {error}")
            report(failures[-1])
            continue
        failures.clear()
        waiting = sum(map(is_waiting, stores.lake_rows("repairs")))
        if not waiting:
            break
        report(f"repair: {waiting} still wait")
    return failures
