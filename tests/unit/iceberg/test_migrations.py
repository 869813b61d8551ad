"""Migrations on tables that an older declaration made, and on the newest ones."""

from pathlib import Path

from iceberg.create import create_tables
from iceberg.migrations import MIGRATIONS, m0007_later_looks
from iceberg.schema import iceberg_schema
from market.dictionary.tables import table
from tests.unit.iceberg.rest_catalog import rest_catalog


def test_repairs_get_the_columns_of_later_looks_once(tmp_path: Path) -> None:
    with rest_catalog(tmp_path) as (_, lake):
        create_tables(lake, ["repairs"])
        with lake.table(table("repairs")).update_schema() as update:
            update.delete_column("looks").delete_column("next_look_at")
        for _ in range(2):
            m0007_later_looks.migrate(lake)
            names = lake.table(table("repairs")).schema().column_names
            assert names == iceberg_schema(table("repairs")).column_names


def test_migrations_are_numbered_in_order() -> None:
    assert [one.number for one in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
