"""The proof with faults: what is missed or late is reported, then repaired until nothing is left.

A capture is replayed while its feed is disturbed (`fault_plan`), then the flow `repair` runs twice
and `reconcile` once. `repair_checks` says what must hold.

Books are left out: a cut socket loses their history, which REST does not have.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import requests

from stack import pipeline
from stack.flow_process import FlowError, run_flow
from stack.jobs.package import OF_TRADES
from stack.settings import LOOPBACK, Settings
from verify.captures import TRADES_FROM
from verify.compare import Comparison, outcome
from verify.fault_plan import CUT, LATE, LATE_TRADES, plan_faults
from verify.proof import Expectation, Proof, Report, left_out_files, stores_of
from verify.repair_checks import CANDLES, Rows, after, before, read_rows, repeated
from verify.replay import feeding, play
from verify.replay_plan import Replay, ReplayError
from verify.settling import settle

SPEED = "10"
"""The default, times real time: windows must close before late trades come."""

_REPAIR = {"lookback_hours": None, "settle_s": 0}
_TIMEOUT_S = 5


def run_story(
    settings: Settings,
    expectation: Expectation,
    report: Report,
    faults: Collection[str],
    speed: str | None = None,
) -> Proof:
    """Disturb the replay of a capture, repair what it left, and prove every row.

    Args:
        settings: with a namespace of their own.
        expectation: of the capture.
        report: called with every step, in words.
        faults: some of `fault_plan.FAULTS`.
        speed: of the replay, times real time.

    Raises:
        ReplayError: the capture is too short, or the faults hit nothing.
        FlowError: the flow `repair` failed.
    """
    pipeline.make_ready(settings, report)
    pipeline.start_jobs(settings, report, OF_TRADES)
    plan = _replay(expectation, faults, speed or SPEED)
    stores = stores_of(settings)
    with feeding(settings, plan) as port:
        play(settings, port, plan, report)
        settle(settings, stores, plan, report)
        disturbed = read_rows(stores)
        _require_damage(expectation, faults, disturbed)
        _end_faults(port)
        asking = replace(settings, exchange=f"http://{LOOPBACK}:{port}")
        report("repair: filling gaps and correcting windows")
        run_flow(asking, "repair", _REPAIR)
        repaired = read_rows(stores)
        report("repair: once more, which must change nothing")
        run_flow(asking, "repair", _REPAIR)
        again = read_rows(stores)
        reconciled = [_reconciled(asking, day, report) for day in _days(expectation)]
    comparisons = [
        *before(expectation.tables, disturbed),
        *after(expectation.tables, disturbed, repaired),
        *repeated(repaired, again),
        *reconciled,
    ]
    left_out = [
        *left_out_files(expectation),
        *(f"books of {books.market}: REST has no history of them" for books in expectation.books),
    ]
    return Proof(settings.namespace.prefix, left_out, comparisons)


def _replay(expectation: Expectation, faults: Collection[str], speed: str) -> Replay:
    try:
        plan = plan_faults(expectation.trades, faults, float(speed))
    except ValueError:
        raise ReplayError(f"speed: expected a number with --fault, found {speed!r}") from None
    (market,) = TRADES_FROM
    return Replay(
        files=[file.path for file in expectation.used if file.market == market],
        symbols=expectation.symbols,
        speed=speed,
        kills=plan.kills,
        expected={},
        last_windows={
            name: {market: max(start for _, _, start in expectation.tables[name])}
            for name in CANDLES
        },
        faults=plan.simulator,
        connector=plan.connector,
    )


def _require_damage(expectation: Expectation, faults: Collection[str], rows: Rows) -> None:
    """Raise an error if nothing went wrong: such a run would prove nothing."""
    received = len(rows["bronze", "trades"])
    missed = len(expectation.tables["trades"]) - received
    if CUT in faults and missed <= 0:
        raise ReplayError(
            f"fault cut: expected trades to be missed, found that all {received} had come"
        )
    counted = sum(row["trade_count"] for _, row in rows["silver", "candles_1s"])
    if LATE in faults and received - counted < LATE_TRADES:
        raise ReplayError(
            f"fault late: expected at least {LATE_TRADES} trades to miss their windows, found "
            f"{received - counted}; give a lower --speed"
        )


def _end_faults(port: int) -> None:
    answer = requests.delete(f"http://{LOOPBACK}:{port}/control/faults", timeout=_TIMEOUT_S)
    answer.raise_for_status()


def _days(expectation: Expectation) -> Sequence[str]:
    times = {trade.time_ms for made in expectation.trades.values() for trade in made}
    days = {datetime.fromtimestamp(time_ms / 1_000, UTC).date() for time_ms in times}
    return [day.isoformat() for day in sorted(days)]


def _reconciled(settings: Settings, day: str, report: Report) -> Comparison:
    report(f"reconcile: {day}")
    try:
        run_flow(settings, "reconcile", {"day": day})
    except FlowError as error:
        return outcome("lake", "reconciliations", f"reconcile {day}", 1, [str(error)])
    return outcome("lake", "reconciliations", f"reconcile {day}", 1, [])
