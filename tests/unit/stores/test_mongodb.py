"""Trino is told the type of every column, so that it guesses none and reads no NULL for a value."""

import pytest

from market.dictionary.fields import Kind
from market.dictionary.tables import TABLES, table
from market.dictionary.windows import LIVE_RETENTION_HOURS
from stores.mongodb import schema_document
from stores.trino_literals import MONGODB_DIGITS, trino_type

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
