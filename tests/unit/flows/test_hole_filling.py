"""What becomes of a hole, by what the exchange says of it."""

from dataclasses import replace

import pytest

from connectors.binance.rest_client import RestError
from flows.repairs.filling import Filled
from flows.repairs.hole_filling import Attempt, HoleFiller
from flows.repairs.holes import Cause, Hole
from flows.repairs.repair_log import Repair, State
from market.touched_ranges import TouchedRange

GAP = Hole("binance-spot", "BTCUSDT", Cause.GAP, 10, 19, 5_000, 9_000)


class Filler:
    """An exchange that knows one symbol and gives what it is told to."""

    def __init__(self, *answers: Filled | RestError) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, range, range]] = []
        self.history = self

    def symbols(self) -> frozenset[str]:
        return frozenset({"BTCUSDT"})

    def fill(self, symbol: str, ids: range, times_ms: range) -> Filled:
        self.asked.append((symbol, ids, times_ms))
        answer = self.answers.pop(0)
        if isinstance(answer, RestError):
            raise answer
        return answer


def attempt(hole: Hole, *answers: Filled | RestError, max_trades: int = 10) -> Attempt:
    return HoleFiller(Filler(*answers), max_trades).attempt(hole)  # type: ignore[arg-type]


def touched(from_time_ms: int, to_time_ms: int) -> TouchedRange:
    return TouchedRange("binance-spot", "BTCUSDT", from_time_ms, to_time_ms)


def test_a_gap_is_asked_for_by_its_ids_and_times() -> None:
    filler = Filler(Filled(10, 10, 0, 5_500, 8_900))
    HoleFiller(filler, 10).attempt(GAP)  # type: ignore[arg-type]
    assert filler.asked == [("BTCUSDT", range(10, 20), range(5_000, 9_001))]


def test_a_gap_that_is_filled_is_repaired_and_touches_the_trades_around_it() -> None:
    assert attempt(GAP, Filled(10, 10, 0, 5_500, 8_900)) == Attempt(
        Repair(GAP, State.REPAIRED, fetched_trades=10), touched(5_000, 9_001)
    )


def test_trades_outside_of_the_gaps_time_are_touched_too() -> None:
    assert attempt(GAP, Filled(10, 10, 0, 4_000, 9_500)).touched == touched(4_000, 9_501)


def test_a_gap_that_another_run_has_filled_has_its_windows_corrected_all_the_same() -> None:
    assert attempt(GAP, Filled(10, 0, 0, 0, 0)) == Attempt(
        Repair(GAP, State.REPAIRED), touched(5_000, 9_001)
    )


def test_what_the_exchange_lacks_is_unrepairable_for_good() -> None:
    detail = "the exchange gave 7 of 10 trades"
    unrepairable = Repair(GAP, State.UNREPAIRABLE, "not_given", detail, fetched_trades=7)
    assert attempt(GAP, Filled(10, 7, 3, 5_500, 8_900)) == Attempt(
        unrepairable, touched(5_000, 9_001)
    )
    nothing = attempt(GAP, Filled(10, 0, 10, 0, 0))
    assert nothing.repair.state is State.UNREPAIRABLE
    assert nothing.touched is None


def test_a_symbol_that_is_gone_is_unrepairable() -> None:
    gone = attempt(replace(GAP, symbol="LUNAUSDT"))
    assert (gone.repair.state, gone.repair.reason) == (State.UNREPAIRABLE, "unknown_symbol")
    assert gone.touched is None


@pytest.mark.parametrize("cause", [Cause.LATE_TRADES, Cause.LATE_BOOKS])
def test_late_records_need_nothing_but_their_windows(cause: Cause) -> None:
    late = replace(GAP, cause=cause)
    assert attempt(late) == Attempt(Repair(late, State.REPAIRED), touched(5_000, 9_001))


def test_a_gap_waits_while_the_exchange_does_not_answer() -> None:
    waiting = attempt(GAP, RestError("REST historicalTrades: no answer"))
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "no_answer")
    assert waiting.repair.detail == "REST historicalTrades: no answer"
    assert waiting.touched is None


def test_a_gap_that_is_too_long_is_left_to_the_backfill() -> None:
    waiting = attempt(GAP, max_trades=9)
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "too_long")
    assert "found 10; run the flow backfill" in waiting.repair.detail


@pytest.mark.parametrize(
    ("filler", "market"),
    [(None, "binance-spot"), (Filler(), "binance-usdm")],
    ids=["no exchange", "another market"],
)
def test_without_an_exchange_to_ask_a_gap_waits(filler: Filler | None, market: str) -> None:
    hole = replace(GAP, market=market)
    waiting = HoleFiller(filler, 10).attempt(hole)  # type: ignore[arg-type]
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "no_exchange")
