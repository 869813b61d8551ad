"""Which times of frames the exchange's clock allows."""

import pytest

from connectors.binance.exchange_clock import MAX_AHEAD_MS, MAX_LAG_MS, SKEW_MS, ExchangeClock
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


def test_the_clock_goes_on_with_ours_and_with_frames(clock: ExchangeClock) -> None:
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
