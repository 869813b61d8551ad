"""Trades appended once, whatever the catalog answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.shared import bronze_trades, ops_log
from flows.shared.bronze_trades import AppendError, BronzeTrades
from iceberg.frozen import create_tables, freeze
from market.dictionary.records import Trade
from market.dictionary.tables import table
from stores.iceberg import Lake
from tests.unit.iceberg.rest_catalog import LANDING, Fault, RestCatalog, rest_catalog

MARKET, SYMBOL, START_MS = "binance-spot", "币安人生USDT", 1_700_006_399_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[RestCatalog, Lake]]:
    with rest_catalog(tmp_path) as (catalog, lake):
        create_tables(lake, [freeze(table(name)) for name in ("trades", "alerts")])
        yield catalog, lake


def trades(*ids: int) -> list[Trade]:
    return [
        Trade(MARKET, SYMBOL, one, "5.5", "0.1", "buy", START_MS + one, START_MS, "backfill", 0)
        for one in ids
    ]


def there(lake: Lake) -> list[int]:
    """Return the ids that a reader of the whole table finds."""
    found = lake.table(table("trades")).scan(selected_fields=("trade_id",)).to_arrow()
    return sorted(found["trade_id"].to_pylist())


def appender(lake: Lake) -> BronzeTrades:
    return BronzeTrades(lake, sleep=lambda _: None)


@pytest.mark.parametrize("fault", LANDING)
def test_a_commit_that_landed_is_kept_whatever_was_answered(
    served: tuple[RestCatalog, Lake], fault: Fault
) -> None:
    catalog, lake = served
    appender(lake).append(trades(1, 2))
    catalog.faults = [fault]
    assert appender(lake).append(trades(2, 3, 4)) == 2
    assert there(lake) == [1, 2, 3, 4]


def test_ids_that_are_there_come_with_the_times_of_their_trades(
    served: tuple[RestCatalog, Lake],
) -> None:
    bronze = appender(served[1])
    bronze.append(trades(1, 2, 3, 4))
    found = bronze.times(MARKET, SYMBOL, range(2, 9), range(START_MS, START_MS + 4))
    assert found == {2: START_MS + 2, 3: START_MS + 3}
    assert bronze.times(MARKET, "NONEUSDT", range(2, 9), range(START_MS, START_MS + 4)) == {}


@pytest.mark.parametrize("fault", [Fault.IS_LOST, Fault.FAILS_WITH_500])
def test_a_commit_that_did_not_land_is_repeated(
    served: tuple[RestCatalog, Lake], fault: Fault
) -> None:
    catalog, lake = served
    catalog.faults = [fault, fault]
    assert appender(lake).append(trades(1, 2)) == 2
    assert there(lake) == [1, 2]


def test_a_catalog_without_a_usable_answer_is_given_up_and_leaves_the_table_readable(
    served: tuple[RestCatalog, Lake], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog, lake = served
    appender(lake).append(trades(1))
    monkeypatch.setattr(bronze_trades, "ATTEMPTS", 2)
    catalog.faults = [Fault.FAILS_WITH_500, Fault.IS_LOST]
    with pytest.raises(AppendError, match="no usable answer from the catalog"):
        appender(lake).append(trades(2))
    assert there(lake) == [1]
    assert appender(lake).append(trades(1, 2)) == 1
    assert there(lake) == [1, 2]


@pytest.mark.parametrize("fault", LANDING)
def test_a_row_about_ourselves_is_there_once_whatever_was_answered(
    served: tuple[RestCatalog, Lake], fault: Fault
) -> None:
    catalog, lake = served
    catalog.faults = [fault]
    ops_log.append(lake, "alerts", [{"alert": "quality", "symbol": SYMBOL}])
    assert lake.table(table("alerts")).scan().to_arrow().num_rows == 1
