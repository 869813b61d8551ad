"""Which span a backfill takes, and by which ids."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from flows.backfill.flow import BackfillError, Loaded, check_span, ids_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = datetime(2026, 11, 23, tzinfo=UTC)


class History:
    """Ten trades a second from the second 100 on, until the second 200."""

    def __init__(self) -> None:
        self.rest = self

    def first_trade_id(self, symbol: str, start_ms: int) -> int | None:
        assert symbol == "BTCUSDT"
        return None if start_ms >= 200_000 else max(1_000, start_ms // 100)

    def newest_trade_id(self, symbol: str) -> int | None:
        assert symbol == "BTCUSDT"
        return 1_999


def ids(start_ms: int, end_ms: int) -> range:
    return ids_of(History(), "BTCUSDT", range(start_ms, end_ms))  # type: ignore[arg-type]


def test_ids_reach_from_the_first_trade_of_a_span_to_the_one_before_the_next() -> None:
    assert ids(120_000, 180_000) == range(1_200, 1_800)


def test_a_span_may_begin_before_the_history_and_end_after_it() -> None:
    assert ids(0, 180_000) == range(1_000, 1_800)
    assert ids(120_000, 900_000) == range(1_200, 2_000)


@pytest.mark.parametrize(("start_ms", "end_ms"), [(0, 60_000), (200_000, 900_000)])
def test_a_span_without_trades_is_refused(start_ms: int, end_ms: int) -> None:
    with pytest.raises(BackfillError, match="BTCUSDT: expected the exchange to have trades"):
        ids(start_ms, end_ms)


def test_an_instant_without_a_zone_is_utc_and_another_zone_is_kept() -> None:
    span = check_span(datetime(2026, 11, 23), DAY + timedelta(hours=1), NOW)  # noqa: DTZ001
    assert (span.start, span.end) == (DAY, DAY + timedelta(hours=1))
    zone = timezone(timedelta(hours=2))
    assert check_span(datetime(2026, 11, 23, 2, tzinfo=zone), NOW - timedelta(days=0.5), NOW)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (DAY, DAY),
        (DAY, DAY - timedelta(minutes=1)),
        (DAY + timedelta(seconds=1), DAY + timedelta(hours=1)),
        (DAY, DAY + timedelta(seconds=90)),
        (DAY, NOW - timedelta(minutes=9)),
    ],
)
def test_a_span_that_is_empty_not_of_whole_minutes_or_not_past_is_refused(
    start: datetime, end: datetime
) -> None:
    with pytest.raises(BackfillError, match="expected a span of whole minutes that ended"):
        check_span(start, end, NOW)


def test_what_was_loaded_is_summarised_in_one_line() -> None:
    assert str(Loaded(1_500, 1_000, 2, 0.5, 31.25, 60)) == (
        "1,500 trades, 1,000 of them appended in 0.5 s (2,000 rows/s), 31.2 bytes per row, 2 not "
        "given by the exchange, 60 windows made or corrected"
    )
