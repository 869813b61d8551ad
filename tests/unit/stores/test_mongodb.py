"""Trino is told the type of every column, and reads instants and texts as they are."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from market.dictionary.fields import Kind
from market.dictionary.tables import TABLES, table
from market.dictionary.windows import LIVE_RETENTION_HOURS
from stores.mongodb import schema_document
from stores.trino_literals import MONGODB_DIGITS, instant, quoted, trino_type

LIVE = [name for name, one in TABLES.items() if one.live]


@pytest.mark.parametrize("name", LIVE)
def test_a_schema_document_has_the_key_and_every_column(name: str) -> None:
    document = schema_document(table(name))
    assert document["table"] == name
    names = [column["name"] for column in document["fields"]]
    assert names == ["_id", *(field.name for field in table(name).fields)]
    assert all(column["type"] and column["hidden"] is False for column in document["fields"])


@pytest.mark.parametrize("name", LIVE)
def test_every_interval_has_a_retention(name: str) -> None:
    assert LIVE_RETENTION_HOURS[table(name).interval] > 0


def test_instants_carry_their_zone_and_decimals_their_scale() -> None:
    fields = {field.name: field for field in table("candles_1s").fields}
    assert trino_type(fields["window_start"], MONGODB_DIGITS) == "timestamp(3) with time zone"
    assert trino_type(fields["volume_quote"], MONGODB_DIGITS) == "decimal(38,16)"
    assert {
        trino_type(field, MONGODB_DIGITS) for field in fields.values() if field.kind is Kind.LONG
    } == {"bigint"}


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
