"""Which ranges a batch job gets, and how what it found adds up."""

import pytest

from flows.shared.corrected_windows import Correction, summed
from flows.shared.correction import MAX_RANGES, batches
from market.touched_ranges import DAY_MS, MINUTE_MS, TouchedRange

MIDNIGHT_MS = 1_700_006_400_000


def touched(start_ms: int, symbol: str = "BTCUSDT", length_ms: int = MINUTE_MS) -> TouchedRange:
    start_ms += MIDNIGHT_MS
    return TouchedRange("binance-spot", symbol, start_ms, start_ms + length_ms)


def test_a_job_gets_the_ranges_of_one_day_of_all_symbols() -> None:
    ranges = [touched(DAY_MS), touched(0), touched(0, "ETHUSDT"), touched(-MINUTE_MS)]
    assert list(batches(ranges)) == [
        [touched(-MINUTE_MS)],
        [touched(0), touched(0, "ETHUSDT")],
        [touched(DAY_MS)],
    ]


def test_a_job_gets_no_more_ranges_than_fit_its_arguments() -> None:
    ranges = [touched(2 * MINUTE_MS * number) for number in range(MAX_RANGES + 1)]
    assert [len(part) for part in batches(ranges)] == [MAX_RANGES, 1]


def test_no_touched_range_means_no_job() -> None:
    assert list(batches([])) == []


def test_corrections_add_up_by_table_and_symbol() -> None:
    merged = Correction("candles_1s", "binance-spot", "BTCUSDT", unchanged=3, corrected=1)
    written = Correction("candles_1s", "binance-spot", "BTCUSDT", documents=2)
    other = Correction("candles_1m", "binance-spot", "BTCUSDT", surplus=1)
    together = Correction(
        "candles_1s", "binance-spot", "BTCUSDT", unchanged=3, corrected=1, documents=2
    )
    assert summed([merged, other, written]) == [together, other]


@pytest.mark.parametrize("name", ["corrected", "inserted", "withdrawn", "documents"])
def test_what_was_written_is_a_change(name: str) -> None:
    assert Correction("candles_1s", "binance-spot", "BTCUSDT", **{name: 1}).is_change


@pytest.mark.parametrize("name", ["unchanged", "surplus"])
def test_what_was_left_alone_is_no_change(name: str) -> None:
    assert not Correction("candles_1s", "binance-spot", "BTCUSDT", **{name: 1}).is_change
