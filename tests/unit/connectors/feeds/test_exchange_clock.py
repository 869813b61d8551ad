"""Which times of frames the exchange's clock allows."""

import pytest

from connectors.feeds.exchange_clock import (
    JUMP_MS,
    MAX_AHEAD_MS,
    MAX_LAG_MS,
    SKEW_MS,
    ExchangeClock,
)
from market.errors import MalformedRecordError

NOW_MS = 1_764_000_000_000


@pytest.fixture
def clock() -> ExchangeClock:
    """It was `NOW_MS` at 100 s."""
    clock = ExchangeClock()
    clock.on_time(NOW_MS, 100.0)
    return clock


def refuses(clock: ExchangeClock, publish_ms: int, change_ms: int = 0, now_s: float = 100.0) -> str:
    with pytest.raises(MalformedRecordError) as refused:
        clock.check(publish_ms, change_ms, now_s)
    assert refused.value.reason == "bad_time"
    return refused.value.detail


def test_a_time_a_minute_ahead_is_allowed_and_one_beyond_is_not(clock: ExchangeClock) -> None:
    clock.check(NOW_MS, NOW_MS - 3, 100.0)
    assert "after the exchange's clock" in refuses(clock, NOW_MS + MAX_AHEAD_MS + 1)
    clock.check(NOW_MS + MAX_AHEAD_MS, 0, 100.0)


def test_the_clock_advances_with_ours_and_with_frames(clock: ExchangeClock) -> None:
    clock.check(NOW_MS + 3_600_000, 0, 3_700.0)
    clock.check(NOW_MS + 3_600_000 + MAX_AHEAD_MS, 0, 3_700.0)
    refuses(clock, NOW_MS + 3_600_000 + 2 * MAX_AHEAD_MS + 1, now_s=3_700.0)


def test_a_refused_frame_moves_nothing(clock: ExchangeClock) -> None:
    for _ in range(3):
        refuses(clock, NOW_MS + 3_600_000)


def test_microseconds_are_refused_whatever_the_clock_is(clock: ExchangeClock) -> None:
    assert "microseconds" in refuses(clock, NOW_MS * 1_000)
    assert "microseconds" in refuses(clock, NOW_MS, NOW_MS * 1_000)
    assert "microseconds" in refuses(ExchangeClock(), NOW_MS * 1_000)


def test_a_change_is_made_before_it_is_published_and_not_long_before(clock: ExchangeClock) -> None:
    clock.check(NOW_MS, NOW_MS + SKEW_MS, 100.0)
    clock.check(NOW_MS, NOW_MS - MAX_LAG_MS, 100.0)
    refuses(clock, NOW_MS, NOW_MS + SKEW_MS + 1)
    refuses(clock, NOW_MS, NOW_MS - MAX_LAG_MS - 1)


def test_a_frame_without_times_is_allowed(clock: ExchangeClock) -> None:
    clock.check(0, 0, 100.0)


def test_the_exchange_is_asked_once_a_second(clock: ExchangeClock) -> None:
    assert [clock.may_ask(now_s) for now_s in (5.0, 5.9, 6.0)] == [True, False, True]


class TestAnswers:
    def test_one_near_the_clock_is_believed(self, clock: ExchangeClock) -> None:
        assert clock.believe(NOW_MS + 5_000 + JUMP_MS, 105.0)
        assert clock.believe(NOW_MS + 5_000 - MAX_AHEAD_MS + JUMP_MS, 105.0)

    @pytest.mark.parametrize("off_ms", [600_000, -600_000, 20_000, 2 * JUMP_MS])
    def test_one_far_from_the_clock_proves_nothing_and_moves_nothing(
        self, clock: ExchangeClock, off_ms: int
    ) -> None:
        assert not clock.believe(NOW_MS + off_ms, 100.0)
        assert clock.believe(NOW_MS + 1_000, 101.0)
        assert not clock.believe(NOW_MS + 2_000 + off_ms, 102.0)
        refuses(clock, NOW_MS + 2_000 + MAX_AHEAD_MS + 1, now_s=102.0)

    def test_one_far_from_the_clock_is_believed_when_a_second_agrees(
        self, clock: ExchangeClock
    ) -> None:
        assert not clock.believe(NOW_MS + 600_000, 100.0)
        assert clock.believe(NOW_MS + 601_000, 101.0)
        clock.check(NOW_MS + 601_000 + MAX_AHEAD_MS, 0, 101.0)

    def test_two_that_come_together_count_as_one(self, clock: ExchangeClock) -> None:
        assert not clock.believe(NOW_MS + 600_000, 100.0)
        assert not clock.believe(NOW_MS + 600_000, 100.1)
        assert clock.believe(NOW_MS + 601_000, 101.0)

    def test_two_that_differ_agree_with_nothing(self, clock: ExchangeClock) -> None:
        assert not clock.believe(NOW_MS + 600_000, 100.0)
        assert not clock.believe(NOW_MS + 7_200_000, 101.0)
        assert not clock.believe(NOW_MS + 3_600_000, 102.0)

    def test_a_replay_may_run_faster_than_our_clock(self, clock: ExchangeClock) -> None:
        assert not clock.believe(NOW_MS + 90_000, 101.0)
        assert clock.believe(NOW_MS + 160_000, 102.1)

    def test_the_first_one_says_what_time_it_is_and_proves_nothing(self) -> None:
        clock = ExchangeClock()
        assert not clock.believe(NOW_MS, 100.0)
        refuses(clock, NOW_MS + MAX_AHEAD_MS + 1)
        assert clock.believe(NOW_MS + 1_000, 101.0)

    def test_a_doubtful_frame_and_an_answer_show_a_time_together(
        self, clock: ExchangeClock
    ) -> None:
        assert not clock.corroborate(NOW_MS + 3_600_000, NOW_MS + 1_000, 101.0)
        assert clock.corroborate(NOW_MS + 3_600_000, NOW_MS + 90_000_000, 101.0)
        clock.check(NOW_MS + 3_600_000, 0, 101.0)
        refuses(clock, NOW_MS + 90_000_000, now_s=101.0)


class TestFramesAhead:
    """Of a clock that allows a frame to be ahead by `JUMP_MS` only."""

    @pytest.fixture
    def strict(self) -> ExchangeClock:
        clock = ExchangeClock(JUMP_MS)
        clock.on_time(NOW_MS, 100.0)
        return clock

    def test_one_by_seconds_is_doubted_however_fresh_the_last_answer_is(
        self, strict: ExchangeClock
    ) -> None:
        assert not strict.doubts(NOW_MS + JUMP_MS, 100.0)
        assert strict.doubts(NOW_MS + JUMP_MS + 1, 100.0)
        assert strict.doubts(NOW_MS + MAX_AHEAD_MS, 100.0)

    def test_an_absurd_one_is_refused_at_once_while_the_answer_is_fresh(
        self, strict: ExchangeClock
    ) -> None:
        assert not strict.doubts(NOW_MS + MAX_AHEAD_MS + 1, 100.0)
        refuses(strict, NOW_MS + MAX_AHEAD_MS + 1)
        assert strict.doubts(NOW_MS + 2_000 + MAX_AHEAD_MS + 1, 102.0)

    def test_one_that_no_answer_confirms_is_refused(self, strict: ExchangeClock) -> None:
        assert not strict.corroborate(NOW_MS + 20_000, NOW_MS + 500, 100.5)
        refuses(strict, NOW_MS + 20_000, now_s=100.5)

    def test_one_that_an_answer_confirms_is_taken(self, strict: ExchangeClock) -> None:
        assert strict.corroborate(NOW_MS + 20_000, NOW_MS + 25_000, 100.5)
        strict.check(NOW_MS + 20_000, 0, 100.5)

    def test_one_is_taken_when_the_one_before_shows_the_same_time(
        self, strict: ExchangeClock
    ) -> None:
        refuses(strict, NOW_MS + 20_000)
        assert not strict.doubts(NOW_MS + 22_000, 102.0)
        strict.check(NOW_MS + 22_000, 0, 102.0)
        assert strict.believe(NOW_MS + 2_000, 102.0)  # still as far behind
        strict.check(NOW_MS + 40_000, 0, 120.0)

    def test_one_that_comes_at_the_same_time_is_no_witness(self, strict: ExchangeClock) -> None:
        """Of a frame of another symbol, which the same cause may have made wrong."""
        refuses(strict, NOW_MS + 20_000)
        refuses(strict, NOW_MS + 20_043, now_s=100.043)
        strict.check(NOW_MS + 20_500, 0, 100.5)  # half a second after the first

    def test_one_before_that_fits_the_clock_is_no_witness(self, strict: ExchangeClock) -> None:
        refuses(strict, NOW_MS + 20_000)
        strict.check(NOW_MS + 1_000, 0, 101.0)
        assert strict.doubts(NOW_MS + 22_000, 102.0)
        refuses(strict, NOW_MS + 22_000, now_s=102.0)

    @pytest.mark.parametrize("ahead_ms", [20_000, 20_000 + JUMP_MS + 1, MAX_AHEAD_MS + 1])
    def test_the_same_one_or_one_of_another_time_is_no_witness(
        self, strict: ExchangeClock, ahead_ms: int
    ) -> None:
        refuses(strict, NOW_MS + 20_000)
        refuses(strict, NOW_MS + ahead_ms)


class TestTheLatestInstant:
    """That the clock may show, by which a snapshot is dated."""

    def test_an_answer_that_is_behind_does_not_lower_it(self, clock: ExchangeClock) -> None:
        for passed_s in (1, 2, 59):
            assert clock.believe(NOW_MS, 100.0 + passed_s)
            assert clock.latest_ms(100.0 + passed_s) == NOW_MS + 1_000 * passed_s

    def test_a_later_answer_or_frame_raises_it(self, clock: ExchangeClock) -> None:
        assert clock.believe(NOW_MS + 3_000, 101.0)
        assert clock.latest_ms(101.0) == NOW_MS + 3_000
        clock.check(NOW_MS + 6_000, 0, 102.0)
        assert clock.latest_ms(104.0) == NOW_MS + 8_000

    def test_that_an_answer_was_ahead_is_forgotten_after_a_minute(
        self, clock: ExchangeClock
    ) -> None:
        assert clock.believe(NOW_MS + 5_000, 101.0)
        for passed_s in range(2, 63):
            assert clock.latest_ms(100.0 + passed_s) == NOW_MS + 4_000 + 1_000 * passed_s
            assert clock.believe(NOW_MS + 1_000 * passed_s, 100.0 + passed_s)
        assert clock.latest_ms(162.0) == NOW_MS + 62_000

    def test_that_it_was_far_ahead_is_forgotten_when_two_answers_say_so(
        self, clock: ExchangeClock
    ) -> None:
        assert not clock.believe(NOW_MS - 599_000, 101.0)
        assert clock.believe(NOW_MS - 598_000, 102.0)
        assert clock.latest_ms(102.0) == NOW_MS - 598_000
