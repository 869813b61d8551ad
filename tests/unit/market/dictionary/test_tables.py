"""The dictionaries of fields, topics and tables hold together."""

import pytest

from market.dictionary.fields import FIELDS, SIZE_PRECISION, Kind, field
from market.dictionary.names import LAYERS
from market.dictionary.schemas import Table, Topic
from market.dictionary.tables import DOCUMENTS, TABLES, table
from market.dictionary.topics import TOPICS, topic
from market.dictionary.windows import interval_ms, window_start_ms
from market.errors import UnknownNameError

OWNERS: list[Table | Topic] = [*TABLES.values(), *DOCUMENTS.values(), *TOPICS.values()]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_made_of_fields_of_the_dictionary_and_keyed_by_its_own(name: str) -> None:
    wanted = table(name)
    names = [column.name for column in wanted.fields]
    assert all(FIELDS[column.name] is column for column in wanted.fields)
    assert len(set(names)) == len(names)
    assert {*wanted.key, wanted.time, *wanted.sort} <= set(names)
    assert field(wanted.time).kind is Kind.TIMESTAMP
    assert wanted.layer in LAYERS


@pytest.mark.parametrize("name", [name for name, one in TABLES.items() if one.live])
def test_a_window_table_has_a_topic_with_the_same_columns(name: str) -> None:
    assert topic(name).fields == table(name).fields


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_stands_for_one_market_and_symbol(name: str) -> None:
    document = DOCUMENTS[name]
    assert document.key == ("market", "symbol")
    assert {*document.key, document.time} <= {column.name for column in document.fields}
    assert document.live
    assert not document.layer


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_says_how_long_it_keeps_records(name: str) -> None:
    wanted = topic(name)
    assert wanted.compacted is (wanted.retention_ms == -1)
    assert wanted.partitions > 0


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_described_in_a_sentence(name: str) -> None:
    assert FIELDS[name].description.rstrip("`").endswith((".", ":"))
    assert not name.endswith("_ms") or FIELDS[name].unit == "ms"


def test_every_field_is_used() -> None:
    used = {column.name for one in OWNERS for column in one.fields}
    assert used == set(FIELDS)


def test_a_product_of_price_and_quantity_fits_38_digits_exactly() -> None:
    price, quantity = field("price"), field("quantity")
    assert price.precision + quantity.precision + 1 == 38
    assert price.scale + quantity.scale == field("volume_quote").scale
    assert quantity.precision == SIZE_PRECISION


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="candles_1s"):
        table("candle")
    with pytest.raises(UnknownNameError, match="trades"):
        topic("trade")
    with pytest.raises(UnknownNameError, match=r"fields\.py"):
        field("prize")
    with pytest.raises(UnknownNameError, match="1s, 1m"):
        interval_ms("2m")


def test_a_window_is_aligned_to_the_epoch_and_closed_at_its_start() -> None:
    assert window_start_ms(60_000, "1m") == 60_000
    assert window_start_ms(59_999, "1m") == 0
    assert window_start_ms(59_999, "1s") == 59_000
