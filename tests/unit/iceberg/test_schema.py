"""Iceberg's schemas are the dictionary's."""

import pytest
from pyiceberg.transforms import BucketTransform, DayTransform
from pyiceberg.types import DecimalType, TimestamptzType

from iceberg.schema import PROPERTIES, iceberg_schema, partition_spec, sort_order
from market.dictionary.fields import Kind
from market.dictionary.tables import TABLES, table


@pytest.mark.parametrize("name", TABLES)
def test_a_schema_has_the_tables_columns_in_order_with_their_meaning(name: str) -> None:
    schema, wanted = iceberg_schema(table(name)), table(name)
    assert [column.name for column in schema.fields] == [one.name for one in wanted.fields]
    assert [column.doc for column in schema.fields] == [one.description for one in wanted.fields]
    for column, one in zip(schema.fields, wanted.fields, strict=True):
        if one.kind is Kind.DECIMAL:
            assert column.field_type == DecimalType(one.precision, one.scale)
        if one.kind is Kind.TIMESTAMP:
            assert column.field_type == TimestamptzType()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_partitioned_by_day_without_anybody_seeing_it(name: str) -> None:
    spec, wanted = partition_spec(table(name)), table(name)
    day = spec.fields[0]
    assert isinstance(day.transform, DayTransform)
    assert iceberg_schema(wanted).find_field(day.source_id).name == wanted.time


def test_trades_are_also_bucketed_by_symbol() -> None:
    bucket = partition_spec(table("trades")).fields[1]
    assert isinstance(bucket.transform, BucketTransform)
    assert bucket.transform.num_buckets == 4


def test_rows_of_a_file_are_sorted_by_symbol_and_time() -> None:
    schema = iceberg_schema(table("trades"))
    order = [schema.find_field(one.source_id).name for one in sort_order(table("trades")).fields]
    assert order == ["symbol", "event_time"]


def test_tables_are_format_2_which_every_engine_writes() -> None:
    assert PROPERTIES["format-version"] == "2"
