"""What every snapshot of the lake showed, read from its files."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pytest
from pyiceberg.catalog.memory import InMemoryCatalog

from iceberg.schema import iceberg_schema
from market.dictionary.tables import table
from verify.chaos.lake_rows import read_snapshots
from verify.chaos.versions import LAKE, TABLES, Observed

if TYPE_CHECKING:
    from market.dictionary.schemas import Table
    from stores.iceberg import Lake

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
START_MS = int(START.timestamp() * 1_000)


@dataclass(frozen=True)
class FileLake:
    """A lake of the tables of windows, in a folder."""

    catalog: InMemoryCatalog

    def table(self, wanted: "Table") -> Any:
        return self.catalog.load_table(("silver", wanted.name))


@pytest.fixture
def lake(tmp_path: Path) -> FileLake:
    catalog = InMemoryCatalog("lake", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("silver")
    for name in TABLES:
        catalog.create_table(("silver", name), iceberg_schema(table(name)))
    return FileLake(catalog)


def rows(lake: FileLake, *seconds: int, **values: Any) -> pa.Table:
    schema = lake.table(table("candles_1s")).schema().as_arrow()
    made = [
        {"market": "binance-spot", "symbol": "BTCUSDT", "high": Decimal(7)}
        | {"window_start": START + timedelta(seconds=second), **values}
        for second in seconds
    ]
    return pa.Table.from_pylist(made, schema=schema)


def candles(lake: FileLake) -> Observed:
    (found,) = (one for one in read_snapshots(cast("Lake", lake)) if one.table == "candles_1s")
    return found


def test_each_row_is_seen_with_the_first_snapshot_that_showed_it(lake: FileLake) -> None:
    stored = lake.table(table("candles_1s"))
    stored.append(rows(lake, 0, 1))
    stored.append(rows(lake, 2))
    found = candles(lake)
    assert found.store == LAKE
    assert [(one.key[2] - START_MS, one.order) for one in found.versions] == [
        (0, 0),
        (1_000, 0),
        (2_000, 1),
    ]
    assert found.versions[0].row["high"] == Decimal(7)
    assert all(len(found.final[one.key]) == 1 for one in found.versions)


def test_a_row_that_was_replaced_stays_a_version_and_is_not_there_at_the_end(
    lake: FileLake,
) -> None:
    stored = lake.table(table("candles_1s"))
    stored.append(rows(lake, 0))
    stored.overwrite(rows(lake, 0, revision=1))
    found = candles(lake)
    assert [one.row["revision"] for one in found.versions] == [None, 1]
    ((last,),) = found.final.values()
    assert last["revision"] == 1


def test_a_row_that_was_appended_twice_is_there_twice_at_the_end(lake: FileLake) -> None:
    stored = lake.table(table("candles_1s"))
    stored.append(rows(lake, 0))
    stored.append(rows(lake, 0))
    assert [len(same) for same in candles(lake).final.values()] == [2]


def test_tables_without_a_row_are_read_as_empty(lake: FileLake) -> None:
    assert [one.table for one in read_snapshots(cast("Lake", lake))] == list(TABLES)
    assert candles(lake).versions == []
