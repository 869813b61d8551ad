"""Instants and texts as Trino reads them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from stores.trino_literals import instant, quoted


@pytest.mark.parametrize(
    ("moment", "literal"),
    [
        (date(2023, 11, 15), "2023-11-15 00:00:00"),
        (datetime(2023, 11, 15, 13, 59, tzinfo=UTC), "2023-11-15 13:59:00"),
        (datetime(2023, 11, 15, 1, tzinfo=timezone(timedelta(hours=2))), "2023-11-14 23:00:00"),
        (datetime(2023, 11, 15, 0, 0, 0, 123_456, tzinfo=UTC), "2023-11-15 00:00:00.123456"),
        (0, "1970-01-01 00:00:00"),
        (1_700_000_000_007, "2023-11-14 22:13:20.007"),
        (-1, "1969-12-31 23:59:59.999"),
    ],
)
def test_an_instant_is_a_literal_in_utc_with_the_digits_it_needs(
    moment: datetime | date | int, literal: str
) -> None:
    assert instant(moment) == f"TIMESTAMP '{literal} UTC'"


def test_a_quote_inside_a_text_is_doubled() -> None:
    assert quoted("it's") == "'it''s'"
