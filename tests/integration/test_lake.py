"""Migrations on a real catalog: once each, safe to run again, and what they leave is usable."""

import pytest

from iceberg.migrate import applied, drop, migrate
from iceberg.migrations import MIGRATIONS, Migration
from market.dictionary.tables import TABLES, table
from stack import pipeline
from tests.support.running_stack import RunningStack
from verify.proof import own_namespace


def test_migrations_run_once_in_order_and_an_interrupted_one_runs_again(
    stack: RunningStack,
) -> None:
    lake = pipeline.lake(own_namespace(stack.settings))
    try:
        assert applied(lake) == 0
        assert migrate(lake) == len(MIGRATIONS)
        assert migrate(lake) == 0
        for wanted in TABLES.values():
            stored = lake.table(wanted)
            assert [column.name for column in stored.schema().fields] == [
                field.name for field in wanted.fields
            ]
            assert stored.format_version == 2

        runs = []

        def fails_at_first(_: object) -> None:
            runs.append(1)
            if len(runs) == 1:
                raise OSError("the catalog went away")

        further = [*MIGRATIONS, Migration(len(MIGRATIONS) + 1, "one more", fails_at_first)]
        with pytest.raises(OSError, match="went away"):
            migrate(lake, migrations=further)
        assert applied(lake) == len(MIGRATIONS)
        assert migrate(lake, migrations=further) == 1
        assert len(runs) == 2
    finally:
        drop(lake)
    assert not lake.catalog.table_exists(lake.identifier(table("trades")))


def test_the_products_own_lake_cannot_be_dropped(stack: RunningStack) -> None:
    with pytest.raises(ValueError, match="found silver, the product's own"):
        drop(pipeline.lake(stack.settings))
