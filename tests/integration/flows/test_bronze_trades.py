"""Trades appended to bronze: each id once, whatever commits in between."""

from collections.abc import Iterator

import pytest
from pyiceberg.table import Table as IcebergTable

from flows.shared import bronze_trades
from flows.shared.bronze_trades import AppendError, BronzeTrades
from iceberg.migrate import drop, migrate
from market.dictionary.records import Trade
from stack import pipeline
from stores.iceberg import Lake
from tests.integration.flows.silver import append, rows_of
from tests.support.running_stack import RunningStack
from verify.proof import own_namespace

MARKET, START_MS = "binance-spot", 1_700_006_399_000


def trade(symbol: str, trade_id: int) -> Trade:
    """One trade a second from just before midnight on, so that two days are written."""
    return Trade(
        MARKET, symbol, trade_id, "61838.1", "0.00000012", "buy", START_MS + 1_000 * trade_id,
        START_MS, "backfill", 0,
    )  # fmt: skip


def trades(symbol: str, *ids: int) -> list[Trade]:
    return [trade(symbol, trade_id) for trade_id in ids]


@pytest.fixture(scope="module")
def lake(stack: RunningStack) -> Iterator[Lake]:
    lake = pipeline.lake(own_namespace(stack.settings))
    migrate(lake)
    yield lake
    drop(lake)


@pytest.fixture
def bronze(lake: Lake) -> BronzeTrades:
    return BronzeTrades(lake, sleep=lambda _: None)


def there(lake: Lake, symbol: str) -> list[int]:
    """Return the ids in the lake; none stands twice."""
    return sorted(key[2] for key in rows_of(lake, "trades") if key[1] == symbol)


def as_flink(lake: Lake, symbol: str, *ids: int) -> None:
    """Commit trades as another writer would."""
    rows = [
        {"market": MARKET, "symbol": symbol, "trade_id": one.trade_id, "source": "live"}
        | {"event_time": one.event_time_ms, "receive_time": one.receive_time_ms}
        for one in trades(symbol, *ids)
    ]
    append(lake, "trades", rows)


def test_what_is_not_there_is_appended_with_every_column(lake: Lake, bronze: BronzeTrades) -> None:
    assert bronze.append([]) == 0
    assert bronze.append(trades("NEWUSDT", 0, 1, 2)) == 3
    row = rows_of(lake, "trades")[(MARKET, "NEWUSDT", 1)]
    assert row == {
        "market": MARKET, "symbol": "NEWUSDT", "trade_id": 1, "price": row["price"],
        "quantity": row["quantity"], "taker_side": "buy", "missing_before": 0,
        "event_time": START_MS + 1_000, "receive_time": START_MS, "source": "backfill",
        "schema_version": 1,
    }  # fmt: skip
    assert (str(row["price"]), str(row["quantity"])) == ("61838.10000000", "1.2E-7")


def test_an_id_that_is_there_is_not_appended_again(lake: Lake, bronze: BronzeTrades) -> None:
    as_flink(lake, "OLDUSDT", 1, 2)
    assert bronze.append(trades("OLDUSDT", 0, 1, 2, 3)) == 2
    assert bronze.append(trades("OLDUSDT", 0, 1, 2, 3)) == 0
    assert there(lake, "OLDUSDT") == [0, 1, 2, 3]


def test_ids_of_other_symbols_are_no_obstacle(lake: Lake, bronze: BronzeTrades) -> None:
    assert bronze.append(trades("OTHERUSDT", 1, 2)) == 2
    assert bronze.append(trades("ONEUSDT", 1, 2)) == 2
    everything = range(START_MS, START_MS + 10_000)
    assert bronze.times(MARKET, "ONEUSDT", range(2, 9), everything) == {2: START_MS + 2_000}
    assert bronze.times(MARKET, "NONEUSDT", range(2, 9), everything) == {}


@pytest.fixture
def intruder(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Trades that another writer commits after the ids were read, one before each append."""
    waiting: list[tuple[str, int]] = []
    committing = IcebergTable.append

    def append_late(self: IcebergTable, *arguments: object, **options: object) -> None:
        if waiting:
            symbol, trade_id = waiting.pop(0)
            with monkeypatch.context() as patch:
                patch.setattr(IcebergTable, "append", committing)
                as_flink(lake, symbol, trade_id)
        committing(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(IcebergTable, "append", append_late)
    return waiting


def test_a_commit_in_between_is_seen(
    lake: Lake, bronze: BronzeTrades, intruder: list[tuple[str, int]]
) -> None:
    intruder += [("RACEUSDT", 2), ("ELSEUSDT", 9)]
    assert bronze.append(trades("RACEUSDT", 1, 2, 3)) == 2
    assert there(lake, "RACEUSDT") == [1, 2, 3]
    assert intruder == []


def test_commits_that_never_end_are_told(
    lake: Lake,
    bronze: BronzeTrades,
    intruder: list[tuple[str, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bronze_trades, "ATTEMPTS", 2)
    intruder += [("ELSEUSDT", 10), ("ELSEUSDT", 11)]
    with pytest.raises(AppendError, match="NEVERUSDT: expected to commit 1 trades from id 1 on"):
        bronze.append(trades("NEVERUSDT", 1))
    assert there(lake, "NEVERUSDT") == []
