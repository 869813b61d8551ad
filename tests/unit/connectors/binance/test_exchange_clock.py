import pytest

from connectors.binance.exchange_clock import SETTLE_MS, ExchangeClock
from market.errors import MalformedRecordError

START_MS = 1_700_000_000_000


@pytest.fixture
def clock() -> ExchangeClock:
    return ExchangeClock(START_MS)


def test_frames_and_answers_move_it_forward_only(clock: ExchangeClock) -> None:
    clock.on_frame(START_MS + 900, START_MS + 890)
    clock.on_time(START_MS + 400)
    assert clock.time_ms == START_MS + 900


def test_what_was_matched_half_a_second_ago_has_settled(clock: ExchangeClock) -> None:
    assert clock.settled(START_MS + 2_000) == START_MS + 2_000 - SETTLE_MS


def test_the_largest_lag_of_the_last_minute_is_what_may_be_under_way(clock: ExchangeClock) -> None:
    clock.on_frame(START_MS + 2_100, START_MS)
    assert clock.lag_ms == 2_100
    clock.on_frame(START_MS + 31_000, START_MS + 30_990)
    assert clock.lag_ms == 2_100
    clock.on_frame(START_MS + 62_000, START_MS + 61_990)
    assert clock.lag_ms == SETTLE_MS


@pytest.mark.parametrize(
    ("publish_ms", "match_ms"),
    [
        (START_MS + 60_001, START_MS + 59_000),
        (START_MS, START_MS + 60_001),
        (START_MS + 1_000, START_MS - 59_001),
    ],
)
def test_times_that_cannot_be_are_refused_and_change_nothing(
    clock: ExchangeClock, publish_ms: int, match_ms: int
) -> None:
    with pytest.raises(MalformedRecordError, match=f"found {publish_ms} and {match_ms}"):
        clock.on_frame(publish_ms, match_ms)
    assert (clock.time_ms, clock.lag_ms) == (START_MS, SETTLE_MS)
