"""The seconds that a gap touches, and rows of the history with impossible times."""

import pytest

from market.trades.gap_markers import gap_markers, marker_times_ms
from market.trades.row_times import misplaced
from tests.support.trades import START_MS, trade

HOUR_MS = 3_600_000


def times(start_offset_ms: int, end_offset_ms: int) -> list[int]:
    instants = marker_times_ms(START_MS + start_offset_ms, START_MS + end_offset_ms)
    return [instant - START_MS for instant in instants]


def test_a_gap_within_one_second_needs_no_marker() -> None:
    assert times(100, 999) == []


def test_a_gap_into_the_next_second_marks_the_second_of_the_trade_before_it() -> None:
    assert times(100, 1_000) == [100]


def test_every_whole_second_between_is_marked_at_its_start() -> None:
    assert times(100, 3_500) == [100, 1_000, 2_000]


def test_a_trade_on_a_second_boundary_marks_its_own_second_once() -> None:
    assert times(1_000, 3_000) == [1_000, 2_000]


def test_a_gap_of_exactly_an_hour_is_still_marked_every_second() -> None:
    assert len(times(0, HOUR_MS)) == 3_600


def test_a_longer_gap_is_marked_in_the_first_second_of_each_minute() -> None:
    found = times(100, 2 * HOUR_MS)
    assert found[0] == 100
    assert all((START_MS + instant) % 60_000 == 0 for instant in found[1:])
    assert len(found) == 1 + 120


def test_time_that_runs_backwards_over_a_gap_is_not_marked() -> None:
    assert times(5_000, 100) == []


def test_a_marker_says_how_much_is_missing_and_when_the_gap_ends() -> None:
    after = trade(20, START_MS + 2_500)
    first, second = gap_markers(START_MS + 900, after, missing=9)
    assert (first.event_time_ms, second.event_time_ms) == (START_MS + 900, START_MS + 1_000)
    assert {first.missing, second.missing} == {9}
    assert first.gap_end_time_ms == after.event_time_ms
    assert first.key() == "binance-spot|BTCUSDT"


def found(times_ms: list[int], known: dict[int, int] | None = None) -> list[int]:
    rows = [trade(number, START_MS + ms) for number, ms in enumerate(times_ms, 1)]
    others = {i: START_MS + ms for i, ms in (known or {}).items()}
    wrong = misplaced(rows, others, START_MS, START_MS + 1_000)
    return [one.trade_id for one in wrong]


@pytest.mark.parametrize(
    ("times_ms", "wrong"),
    [
        ([0, 5, 5, 1_000], []),
        ([-1, 5, 1_001], [1, 3]),
        ([5, 3_600_000, 7], [2]),
        ([5, 9, 7], [2, 3]),
    ],
)
def test_rows_out_of_bounds_or_out_of_order_are_misplaced(
    times_ms: list[int], wrong: list[int]
) -> None:
    assert found(times_ms) == wrong


def test_known_trades_bound_the_rows_and_are_never_misplaced() -> None:
    assert found([5, 9], {3: 7}) == [2]
    assert found([5, 9, 10], {2: 4}) == [1]


def late(rows: int, wrong: range, by_ms: int = 500) -> list[int]:
    """Return times that rise by one, some of them later than they should be."""
    return [one + by_ms * (one in wrong) for one in range(1, rows + 1)]


@pytest.mark.parametrize("by_ms", [500, -200])
def test_one_wrong_row_among_many_is_misplaced_alone(by_ms: int) -> None:
    assert found(late(400, range(200, 201), by_ms)) == [200]


def test_a_wrong_row_that_few_rows_contradict_is_misplaced_with_them() -> None:
    assert found(late(400, range(396, 397))) == [396, 397, 398, 399, 400]


def test_many_wrong_rows_do_not_outvote_the_right_ones() -> None:
    assert found(late(400, range(300, 400))) == [*range(300, 401)]
    assert found(late(400, range(101, 301))) == [*range(101, 401)]
