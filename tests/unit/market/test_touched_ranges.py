"""Touched spans: widened to whole minutes, joined, and cut at midnight."""

import pytest

from market.touched_ranges import DAY_MS, MINUTE_MS, TouchedRange, by_day, whole_minutes

MIDNIGHT_MS = 1_700_006_400_000


def touched(from_ms: int, to_ms: int, symbol: str = "BTCUSDT") -> TouchedRange:
    return TouchedRange("binance-spot", symbol, MIDNIGHT_MS + from_ms, MIDNIGHT_MS + to_ms)


def test_a_range_is_widened_to_the_minutes_that_it_touches() -> None:
    assert whole_minutes([touched(61_000, 61_001)]) == [touched(MINUTE_MS, 2 * MINUTE_MS)]


def test_whole_minutes_stay_as_they_are() -> None:
    assert whole_minutes([touched(0, MINUTE_MS)]) == [touched(0, MINUTE_MS)]


def test_ranges_that_overlap_or_touch_are_one() -> None:
    ranges = [touched(130_000, 150_000), touched(0, 500), touched(59_000, 119_000)]
    assert whole_minutes(ranges) == [touched(0, 3 * MINUTE_MS)]


def test_a_range_within_another_adds_nothing() -> None:
    assert whole_minutes([touched(0, 600_000), touched(1, 2)]) == [touched(0, 600_000)]


def test_symbols_are_never_joined() -> None:
    ranges = [touched(0, 1), touched(0, 1, "ETHUSDT")]
    assert whole_minutes(ranges) == [touched(0, MINUTE_MS), touched(0, MINUTE_MS, "ETHUSDT")]


def test_a_range_is_cut_at_midnight() -> None:
    assert list(by_day([touched(-MINUTE_MS, DAY_MS + MINUTE_MS)])) == [
        touched(-MINUTE_MS, 0),
        touched(0, DAY_MS),
        touched(DAY_MS, DAY_MS + MINUTE_MS),
    ]


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="BTCUSDT: expected a start before the end"):
        touched(5, 5)
