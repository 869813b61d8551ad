"""Windows that do not claim to be whole: each becomes whole, waits with a reason, or is marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from flows.shared.config import read_config
from flows.shared.gold import Scope
from iceberg.migrate import drop, migrate
from sql import statement
from stack import pipeline
from stack.flow_process import run_flow
from stack.settings import Settings
from stores.iceberg import Lake
from stores.mongodb import prepare
from stores.trino import query
from tests.integration.flows import bronze, live, silver
from tests.integration.flows.silver import MARKET, Row
from tests.integration.flows.stories import (
    INTERVALS,
    LENGTH_MS,
    MINUTE_MS,
    START_MS,
    Market,
    Story,
    bronze_rows,
    tell,
    with_ids,
)
from tests.support.running_stack import ROOT, RunningStack
from verify.captures import RecordedTrade
from verify.proof import own_namespace, stores_of

PROVEN, WAITING, LATE = "PROVENUSDT", "WAITUSDT", "LATEUSDT"
LAST_MINUTE = (LENGTH_MS - MINUTE_MS, LENGTH_MS)
STORIES = {
    PROVEN: Story(unknown=((130_000, 170_000),)),
    WAITING: Story(unknown=(LAST_MINUTE,), ends=True),
    # A record came too late for a window that the stream has not written yet.
    LATE: Story(),
}
PARAMETERS = {"lookback_hours": None, "settle_s": 0}


@dataclass(frozen=True, slots=True)
class Stores:
    settings: Settings
    lake: Lake
    markets: dict[str, Market]

    def repair(self) -> None:
        run_flow(self.settings, "repair", PARAMETERS)

    def states(self, symbol: str) -> dict[tuple[str, int], tuple[str, str]]:
        """Return state and reason by cause and minute."""
        rows = silver.rows_of(self.lake, "repairs").values()
        return {
            (row["cause"], (row["from_time_ms"] - START_MS) // MINUTE_MS): (
                row["state"],
                row["reason"],
            )
            for row in rows
            if row["symbol"] == symbol
        }

    def unknown(self, store: str, symbol: str, interval: str) -> list[int]:
        """Return the starts of windows that are unknown, in seconds after the story's start."""
        read = stores_of(self.settings).readers(f"candles_{interval}")[store]
        starts = [
            key[2] for key, row in read() if key[1] == symbol and row["missing_trades"] is None
        ]
        return sorted((start - START_MS) // 1_000 for start in starts)

    def open_windows(self) -> set[tuple[Any, ...]]:
        config = read_config(self.settings.flow_environment())
        scope = Scope(config.trino_url, config.namespace, [], 0)
        names = scope.names() | {"ops": config.namespace.layer("ops")}
        rows = query(config.trino_url, statement("flows/repair/open_windows.sql", names)).rows
        return {(row[1], row[-1]) for row in rows}

    def documented_query(self) -> list[Any]:
        """Run the query of the runbook in the namespace of this test."""
        page = (ROOT / "docs" / "runbook.md").read_text()
        (text,) = re.findall(r"```sql\n(SELECT symbol, window_start.*?)```", page, re.DOTALL)
        for layer in ("silver", "ops"):
            own = self.settings.namespace.layer(layer)
            text = text.replace(f"lake.{layer}.", f"lake.{own}.")
        return list(query(self.settings.trino_url, text).rows)


@pytest.fixture(scope="module")
def stores(stack: RunningStack) -> Iterator[Stores]:
    settings = own_namespace(stack.settings)
    pipeline.package_batch_jobs(settings)
    lake = pipeline.lake(settings)
    migrate(lake)
    prepare(settings.mongodb.uri, settings.namespace)
    markets = {symbol: tell(symbol, story) for symbol, story in STORIES.items()}
    try:
        one = Stores(settings, lake, markets)
        fill(one)
        yield one
    finally:
        drop(lake)
        with live.database(settings) as database:
            database.client.drop_database(database.name)


def fill(stores: Stores) -> None:
    for market in stores.markets.values():
        silver.append(stores.lake, "trades", bronze_rows(market))
    (after,) = stores.markets[LATE].after
    silver.append(stores.lake, "late_records", [late(after)])
    with live.database(stores.settings) as database:
        for interval in INTERVALS:
            name = f"candles_{interval}"
            rows = [
                row | {"computed_at_ms": START_MS}
                for market in stores.markets.values()
                for row in market.rows(interval).values()
            ]
            silver.append(stores.lake, name, rows)
            database[name].insert_many(with_ids(interval, live.documents(name, rows)))


def late(trade: RecordedTrade) -> Row:
    return {
        "market": MARKET, "symbol": trade.symbol, "topic": "trades", "job": "candles",
        "trade_id": trade.trade_id, "event_time": trade.time_ms, "receive_time": START_MS,
    }  # fmt: skip


def test_each_window_becomes_whole_or_waits_with_a_reason_or_is_marked(stores: Stores) -> None:
    last = stores.markets[WAITING].now[-1]
    last_second = (last.time_ms - START_MS) // 1_000
    stores.repair()
    assert stores.states(PROVEN) == {
        ("unknown", 0): ("unrepairable", "nothing_before"),
        ("unknown", 2): ("repaired", ""),
    }
    assert stores.states(WAITING)["unknown", 11] == ("found", "no_later_trade")
    assert stores.states(LATE)["late_trades", 12] == ("found", "stream_not_past")
    for store in ("silver", "mongodb"):
        assert stores.unknown(store, PROVEN, "1s") == [0]
        assert stores.unknown(store, PROVEN, "1m") == [0]
        assert last_second in stores.unknown(store, WAITING, "1s")
        assert stores.unknown(store, WAITING, "1m") == [0, 660]
    assert stores.open_windows() == {(WAITING, "found no_later_trade")}
    assert {row[0] for row in stores.documented_query()} == {WAITING}

    append_next_trade(stores, last)
    stores.repair()
    assert stores.states(WAITING)["unknown", 11] == ("repaired", "")
    for store in ("silver", "mongodb"):
        assert stores.unknown(store, WAITING, "1s") == [0]
        assert stores.unknown(store, WAITING, "1m") == [0]
    assert stores.open_windows() == set()
    assert stores.documented_query() == []


def append_next_trade(stores: Stores, last: RecordedTrade) -> None:
    """Write the trade that proves what was before it."""
    row = bronze.trades([last])[0]
    later_ms = START_MS + LENGTH_MS + 5_000
    following = {"trade_id": last.trade_id + 1, "event_time": later_ms, "receive_time": later_ms}
    silver.append(stores.lake, "trades", [row | following])
