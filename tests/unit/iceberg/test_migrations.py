"""Schemas: those of their time lead to those that the dictionary declares today."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyiceberg.transforms import BucketTransform, DayTransform
from pyiceberg.types import DecimalType, TimestamptzType

from iceberg.frozen import create_tables, freeze
from iceberg.migrations import MIGRATIONS, m0007_later_looks
from iceberg.schema import PROPERTIES, iceberg_schema, partition_spec, sort_order
from market.dictionary.fields import Kind
from market.dictionary.tables import TABLES, table
from tests.unit.iceberg.rest_catalog import rest_catalog
from tidemark.commands.lake import command


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [one.number for one in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert all(one.name for one in MIGRATIONS)


def test_all_migrations_together_make_the_tables_that_the_dictionary_declares(
    tmp_path: Path,
) -> None:
    with rest_catalog(tmp_path) as (catalog, lake):
        for step in MIGRATIONS:
            step.migrate(lake)
        assert set(catalog.tables) == set(TABLES)
        for name, wanted in TABLES.items():
            made, declared = catalog.tables[name], iceberg_schema(wanted)
            stored = made.schema_by_id(made.current_schema_id)
            assert stored is not None
            assert [(one.name, str(one.field_type)) for one in stored.fields] == [
                (one.name, str(one.field_type)) for one in declared.fields
            ], f"{name} differs from the dictionary: add a migration"
            assert made.partition_specs[-1].fields == partition_spec(wanted).fields
            assert made.sort_orders[-1].fields == sort_order(wanted).fields


def test_a_migration_may_run_again(tmp_path: Path) -> None:
    with rest_catalog(tmp_path) as (catalog, lake):
        for step in [*MIGRATIONS, *MIGRATIONS]:
            step.migrate(lake)
        assert set(catalog.tables) == set(TABLES)


def test_repairs_get_the_columns_of_later_looks_once(tmp_path: Path) -> None:
    with rest_catalog(tmp_path) as (_, lake):
        create_tables(lake, [freeze(table("repairs"))])
        with lake.table(table("repairs")).update_schema() as update:
            update.delete_column("looks").delete_column("next_look_at")
        for _ in range(2):
            m0007_later_looks.migrate(lake)
            names = lake.table(table("repairs")).schema().column_names
            assert names == iceberg_schema(table("repairs")).column_names


def test_a_migration_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    file = tmp_path / "m0001_first.json"
    arguments = ["freeze", str(file), "trades", "repairs", "--name", "create two tables"]
    assert CliRunner().invoke(command, arguments).exit_code == 0
    text = file.read_text()
    assert json.loads(text)["tables"] == [freeze(table(name)) for name in ("trades", "repairs")]
    refused = CliRunner().invoke(command, arguments)
    assert refused.exit_code == 1
    assert "add another" in refused.output
    assert file.read_text() == text


def test_an_unknown_table_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    file = str(tmp_path / "m0001_first.json")
    found = CliRunner().invoke(command, ["freeze", file, "trade", "--name", "x"])
    assert "known: trades" in str(found.exception)


@pytest.mark.parametrize("step", MIGRATIONS, ids=lambda step: str(step.number))
def test_a_step_says_what_it_does(step: object) -> None:
    assert str(getattr(step, "name", ""))[0].islower()


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
