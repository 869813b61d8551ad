"""What becomes of windows that were not known to be complete."""

from dataclasses import replace

import pytest

from flows.repair.gap_filling import Attempt
from flows.repair.gaps import Cause, Gap, Repair, State
from flows.repair.unknown_windows import Tails, attempt, conclude
from market.touched_ranges import TouchedRange

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000
UNKNOWN = Gap("binance-spot", "BTCUSDT", Cause.UNKNOWN, None, None, 60_000, 119_999)
TOUCHED = TouchedRange("binance-spot", "BTCUSDT", 60_000, 120_000)
GAP = replace(UNKNOWN, cause=Cause.GAP, from_id=4, to_id=5)


def tails(after_ms: int | None, word_ms: int = 0) -> Tails:
    return Tails({TOUCHED: (50_000, after_ms)}, {("binance-spot", "BTCUSDT"): word_ms})


MADE = Attempt(Repair(UNKNOWN, State.REPAIRED), TOUCHED)


def test_windows_with_a_later_trade_are_recomputed() -> None:
    assert attempt(UNKNOWN, tails(130_000), NOW_MS) == MADE


def test_so_are_those_after_which_the_exchange_says_that_there_is_none() -> None:
    assert attempt(UNKNOWN, tails(None, 120_000), NOW_MS) == MADE
    assert attempt(UNKNOWN, tails(None, 119_999), NOW_MS).repair.reason == "no_later_trade"


def test_without_either_they_wait_and_are_marked_after_a_day() -> None:
    young = replace(UNKNOWN, found_at_ms=NOW_MS - DAY_MS + 1)
    waiting = attempt(young, tails(None), NOW_MS)
    assert (waiting.repair.state, waiting.repair.reason) == (State.FOUND, "no_later_trade")
    assert waiting.touched is None
    old = replace(UNKNOWN, found_at_ms=NOW_MS - DAY_MS)
    assert attempt(old, tails(None), NOW_MS).repair.state is State.UNREPAIRABLE


def test_what_stays_unknown_is_marked_permanently() -> None:
    done = MADE
    assert conclude(done, {}, set()).state is State.REPAIRED
    marked = conclude(done, {TOUCHED: frozenset()}, {TOUCHED})
    assert (marked.state, marked.reason) == (State.UNREPAIRABLE, "nothing_before")


@pytest.mark.parametrize("gap", [GAP, UNKNOWN])
@pytest.mark.parametrize("state", [State.REPAIRED, State.UNREPAIRABLE])
def test_a_gap_stays_open_until_the_streams_have_passed_every_window_it_touches(
    gap: Gap, state: State
) -> None:
    done = Attempt(Repair(gap, state, fetched_trades=2), TOUCHED)
    left = conclude(done, {TOUCHED: frozenset({"candles_1s", "candles_1m"})}, set())
    assert (left.state, left.reason, left.fetched_trades) == (State.FOUND, "stream_not_past", 2)
    assert "candles_1m, candles_1s" in left.detail


def test_a_gap_waits_for_the_tables_that_it_can_touch_and_for_no_others() -> None:
    behind = {TOUCHED: frozenset({"liquidity_1s", "liquidity_1m"})}
    assert conclude(Attempt(Repair(GAP, State.REPAIRED), TOUCHED), behind, set()).reason == ""
    book = replace(UNKNOWN, cause=Cause.LATE_BOOKS)
    waiting = conclude(Attempt(Repair(book, State.REPAIRED), TOUCHED), behind, set())
    assert waiting.reason == "stream_not_past"
    for gap in (GAP, book):
        done = Attempt(Repair(gap, State.REPAIRED), TOUCHED)
        both = conclude(done, {TOUCHED: frozenset({"effective_spread_1m"})}, set())
        assert both.state is State.FOUND
