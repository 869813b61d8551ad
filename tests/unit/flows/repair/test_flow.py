"""What a repair says, and which days it rolls up again."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from flows.repair.flow import attempt_one, summary
from flows.repair.gap_filling import Attempt
from flows.repair.gaps import Cause, Gap, Repair, State
from flows.shared.corrected_windows import Correction
from flows.shared.correction import touched_days
from market.touched_ranges import TouchedRange

GAP = Gap("binance-spot", "BTCUSDT", Cause.GAP, 10, 19, 1_700_006_399_000, 1_700_006_401_000)


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1_000)


def test_a_gap_names_itself_by_its_ids_and_times() -> None:
    assert str(GAP) == (
        "gap of binance-spot BTCUSDT ids 10..19, 2023-11-14 23:59:59 .. 2023-11-15 00:00:01"
    )
    book = Gap("binance-usdm", "BTCUSDT", Cause.LATE_BOOKS, None, None, 0, 1_000)
    assert str(book) == (
        "late_books of binance-usdm BTCUSDT, 1970-01-01 00:00:00 .. 1970-01-01 00:00:01"
    )
    assert (len(GAP.ids), len(book.ids)) == (10, 0)


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "days"),
    [
        (ms(2026, 11, 23, 10), ms(2026, 11, 23, 11), [23]),
        (ms(2026, 11, 23, 10), ms(2026, 11, 23, 23, 30), [23, 24]),
        (ms(2026, 11, 21, 10), ms(2026, 11, 23, 11), [21, 22, 23]),
    ],
)
def test_the_days_of_a_range_are_rolled_up_with_the_next_one_where_windows_look_back_over_midnight(
    start_ms: int, end_ms: int, days: list[int]
) -> None:
    touched = TouchedRange("binance-spot", "BTCUSDT", start_ms, end_ms)
    assert touched_days([touched, touched]) == [date(2026, 11, day) for day in days]


def test_a_summary_counts_gaps_by_what_became_of_them() -> None:
    repairs = [
        Repair(GAP, State.REPAIRED, fetched_trades=10),
        Repair(GAP, State.UNREPAIRABLE, "not_given", "the exchange gave 4 of 10 trades", 4),
        Repair(GAP, State.FOUND, "no_answer", "REST: no answer"),
    ]
    corrections = [Correction("candles_1s", "binance-spot", "BTCUSDT", corrected=3, inserted=2)]
    assert summary(repairs, corrections).splitlines() == [
        "3 gaps",
        "- 1 found",
        "- 1 repaired",
        "- 1 unrepairable",
        "- 1 because of `no_answer`",
        "- 1 because of `not_given`",
        "- 14 trades fetched",
        "- 3 windows corrected",
        "- 2 windows made that were missing",
    ]


def test_what_fails_for_one_gap_is_its_reason_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fill(_: object, gap: Gap) -> Attempt:
        if gap is GAP:
            raise ValueError("a page that nobody expected")
        return Attempt(Repair(gap, State.REPAIRED))

    monkeypatch.setattr("flows.repair.flow.fill", fill)
    monkeypatch.setattr("flows.repair.flow.get_run_logger", logging.getLogger)
    other = replace(GAP, from_id=30, to_id=31)
    failed, done = (attempt_one(None, gap) for gap in (GAP, other))  # type: ignore[arg-type]
    assert failed.repair == Repair(
        GAP, State.FOUND, "failed", "ValueError: a page that nobody expected"
    )
    assert done.repair.state is State.REPAIRED
