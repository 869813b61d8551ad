"""What becomes of a gap, by what the exchange says of it."""

from dataclasses import replace

import pytest

from connectors.feeds.venue import RestError
from flows.repair.gap_filling import PAUSES_MS, Attempt, GapFiller
from flows.repair.gaps import Cause, Gap, Repair, State
from flows.shared.filling import Filled
from flows.shared.streams import Reached, Streams
from market.touched_ranges import TouchedRange

NOW_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
GAP = Gap("binance-spot", "BTCUSDT", Cause.GAP, 10, 19, 5_000, 9_000)
KNOWN = replace(GAP, found_at_ms=NOW_MS - HOUR_MS, is_attempted=True)
"""The same gap when a run has left it waiting."""
PAST = Reached(20, 9_000)


class Filler:
    """An exchange that knows one symbol and gives what it is told to."""

    def __init__(self, *answers: Filled | RestError, there: int = 0) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, range, range]] = []
        self.rest = self.bronze = self
        self.there = there

    def symbols(self) -> frozenset[str]:
        return frozenset({"BTCUSDT"})

    def count(self, market: str, symbol: str, ids: range, times_ms: range) -> int:
        return self.there

    def fill(self, symbol: str, ids: range, times_ms: range) -> Filled:
        self.asked.append((symbol, ids, times_ms))
        answer = self.answers.pop(0)
        if isinstance(answer, RestError):
            raise answer
        return answer


def gap_filler(
    filler: Filler | None,
    max_trades: int = 10,
    streamed: Reached = PAST,
    now_ms: int = NOW_MS,
    late: int = 0,
) -> GapFiller:
    streams = Streams(lambda *_: streamed, lambda: {"BTCUSDT": streamed})
    return GapFiller(filler, streams, lambda _: late, max_trades, now_ms)  # type: ignore[arg-type]


def attempt(gap: Gap, *answers: Filled | RestError, max_trades: int = 10) -> Attempt:
    return gap_filler(Filler(*answers), max_trades).attempt(gap)


def touched(from_time_ms: int, to_time_ms: int) -> TouchedRange:
    return TouchedRange("binance-spot", "BTCUSDT", from_time_ms, to_time_ms)


def test_a_gap_is_asked_for_by_its_ids_and_times() -> None:
    filler = Filler(Filled(10, 10, 0, 5_500, 8_900))
    gap_filler(filler).attempt(GAP)
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


def test_a_gap_is_not_asked_for_while_a_stream_may_still_bring_it() -> None:
    filler = Filler()
    waiting = gap_filler(filler, streamed=Reached(15, 7_000)).attempt(KNOWN)
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "stream_not_past")
    assert "BTCUSDT is at id 15, expected it at 19 or beyond" in waiting.repair.detail
    assert (filler.asked, waiting.touched) == ([], None)


def test_what_the_exchange_does_not_give_is_asked_for_again_after_a_pause() -> None:
    first = attempt(GAP, Filled(10, 7, 3, 5_500, 8_900))
    assert first.repair == Repair(
        GAP, State.FOUND, "not_given", "the exchange gave 7 of 10 trades", fetched_trades=7,
        looks=1, next_look_at_ms=NOW_MS + PAUSES_MS[0],
    )  # fmt: skip
    assert first.touched == touched(5_000, 9_001)
    second = attempt(replace(KNOWN, looks=1), Filled(10, 0, 3, 0, 0)).repair
    assert (second.looks, second.next_look_at_ms) == (2, NOW_MS + PAUSES_MS[1])


@pytest.mark.parametrize(
    ("looks_before", "age_hours", "state"),
    [
        (1, 48, State.FOUND),
        (2, 23, State.FOUND),
        (2, 24, State.UNREPAIRABLE),
        (9, 240, State.UNREPAIRABLE),
    ],
)
def test_what_the_exchange_never_gives_is_marked_after_three_looks_in_a_day(
    looks_before: int, age_hours: int, state: State
) -> None:
    gap = replace(KNOWN, looks=looks_before, found_at_ms=NOW_MS - age_hours * HOUR_MS)
    repair = attempt(gap, Filled(10, 0, 10, 0, 0)).repair
    assert (repair.state, repair.reason, repair.looks) == (state, "not_given", looks_before + 1)
    assert (repair.next_look_at_ms is None) is (state is State.UNREPAIRABLE)


def test_a_trade_that_cannot_be_stored_is_marked_at_once_and_named() -> None:
    filled = Filled(10, 9, 0, 5_500, 8_900, {15: "bad_price: expected more than zero"})
    assert attempt(GAP, filled) == Attempt(
        Repair(
            GAP, State.UNREPAIRABLE, "refused",
            "the exchange gave all 10 trades, 1 of them cannot be stored; id 15: bad_price: "
            "expected more than zero",
            fetched_trades=9,
        ),
        touched(5_000, 9_001),
    )  # fmt: skip


def test_a_symbol_that_is_gone_is_asked_for_again_and_then_marked() -> None:
    gone = attempt(replace(GAP, symbol="LUNAUSDT"))
    assert (gone.repair.state, gone.repair.reason) == (State.FOUND, "unknown_symbol")
    old = replace(KNOWN, symbol="LUNAUSDT", looks=2, found_at_ms=NOW_MS - 24 * HOUR_MS)
    assert attempt(old).repair.state is State.UNREPAIRABLE


@pytest.mark.parametrize("cause", [Cause.LATE_TRADES, Cause.LATE_BOOKS])
def test_late_records_need_nothing_but_their_windows(cause: Cause) -> None:
    late = replace(GAP, cause=cause)
    assert attempt(late) == Attempt(Repair(late, State.REPAIRED), touched(5_000, 9_001))


@pytest.mark.parametrize("cause", [Cause.LATE_TRADES, Cause.LATE_BOOKS])
def test_late_records_wait_until_bronze_has_them(cause: Cause) -> None:
    late = replace(GAP, cause=cause)
    waiting = gap_filler(Filler(), late=3).attempt(late)
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "stream_not_past")
    assert "has not brought 3 late records" in waiting.repair.detail
    assert waiting.touched is None


def test_a_gap_waits_while_the_exchange_does_not_answer() -> None:
    waiting = attempt(KNOWN, RestError("REST historicalTrades: no answer"))
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "no_answer")
    assert waiting.repair.detail == "REST historicalTrades: no answer"
    assert waiting.touched is None


def test_windows_are_checked_first_and_last_whatever_becomes_of_a_gap() -> None:
    first = attempt(GAP, RestError("REST historicalTrades: no answer"))
    last = attempt(
        replace(KNOWN, looks=2, found_at_ms=NOW_MS - 24 * HOUR_MS), Filled(10, 0, 10, 0, 0)
    )
    assert first.touched == last.touched == touched(5_000, 9_001)


def test_a_gap_that_is_too_long_is_left_to_the_backfill() -> None:
    waiting = gap_filler(Filler(there=1), max_trades=9).attempt(KNOWN)
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "too_long")
    assert "found 9; run the flow backfill" in waiting.repair.detail
    filled = gap_filler(Filler(there=10), max_trades=9).attempt(KNOWN)
    assert filled == Attempt(Repair(GAP, State.REPAIRED), touched(5_000, 9_001))


@pytest.mark.parametrize(
    ("filler", "market"),
    [(None, "binance-spot"), (Filler(), "binance-usdm")],
    ids=["no exchange", "another market"],
)
def test_without_an_exchange_to_ask_a_gap_waits(filler: Filler | None, market: str) -> None:
    waiting = gap_filler(filler).attempt(replace(GAP, market=market))
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "no_exchange")
