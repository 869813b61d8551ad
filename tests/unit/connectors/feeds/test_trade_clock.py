import pytest

from connectors.feeds.trade_clock import SETTLE_MS, TradeClock
from market.errors import MalformedRecordError

START_MS = 1_700_000_000_000


@pytest.fixture
def clock() -> TradeClock:
    return TradeClock(START_MS, 0.0)


def test_frames_and_answers_move_it_forward_only(clock: TradeClock) -> None:
    clock.on_frame(START_MS + 900, START_MS + 890, 0.0)
    clock.on_time(START_MS + 400, 0.0)
    assert clock.time_ms == START_MS + 900


def test_what_was_matched_half_a_second_ago_has_settled(clock: TradeClock) -> None:
    assert clock.settled(START_MS + 2_000) == START_MS + 2_000 - SETTLE_MS


def test_the_largest_lag_of_the_last_minute_may_be_in_flight(clock: TradeClock) -> None:
    clock.on_frame(START_MS + 2_100, START_MS, 0.0)
    assert clock.settled_ms == START_MS
    clock.on_frame(START_MS + 60_000, START_MS + 59_990, 60.0)
    assert clock.settled_ms == START_MS + 57_900
    clock.on_frame(START_MS + 63_000, START_MS + 62_990, 63.0)
    assert clock.settled_ms == START_MS + 63_000 - SETTLE_MS


def test_an_answer_far_ahead_shows_nothing_and_the_next_one_the_lesser_of_both(
    clock: TradeClock,
) -> None:
    assert clock.on_time(START_MS + 90_000, 1.0) == 0
    assert clock.time_ms == START_MS
    assert clock.on_time(START_MS + 91_000, 2.0) == START_MS + 90_000
    assert clock.on_time(START_MS + 92_000, 3.0) == START_MS + 92_000


def test_an_answer_may_be_as_far_ahead_as_time_has_passed(clock: TradeClock) -> None:
    assert clock.on_time(START_MS + 90_000, 86.0) == START_MS + 90_000


def test_an_answer_in_between_that_is_right_ends_the_doubt(clock: TradeClock) -> None:
    clock.on_time(START_MS + 90_000, 1.0)
    assert clock.on_time(START_MS + 2_000, 2.0) == START_MS + 2_000
    assert clock.on_time(START_MS + 91_000, 3.0) == 0


def test_an_answer_in_another_unit_shows_nothing_however_often(clock: TradeClock) -> None:
    assert [clock.on_time(START_MS * 1_000, second) for second in (1.0, 2.0, 3.0)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("publish_ms", "match_ms"),
    [
        (START_MS + 60_001, START_MS + 59_000),
        (START_MS, START_MS + 60_001),
        (START_MS + 1_000, START_MS - 59_001),
        (START_MS * 1_000, START_MS * 1_000),
    ],
)
def test_impossible_times_are_refused_and_change_nothing(
    clock: TradeClock, publish_ms: int, match_ms: int
) -> None:
    with pytest.raises(MalformedRecordError, match=r"expected .* found"):
        clock.on_frame(publish_ms, match_ms, 0.0)
    assert (clock.time_ms, clock.settled_ms) == (START_MS, START_MS - SETTLE_MS)
