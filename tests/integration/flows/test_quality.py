"""The quality flow on known stores: green on good ones, planted errors by name, and the gate."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from connectors.connect.topics import ensure_topics
from expectations.rules import Verdict
from flows.quality.flow import quality
from flows.quality.results import QualityError
from flows.rollup.flow import rollup
from iceberg.migrate import migrate
from market.dictionary.tables import table
from market.dictionary.topics import ALERTS
from stack import pipeline
from stack.pipeline import create_views
from stack.settings import Settings
from stores.iceberg import Lake
from stores.mongodb import prepare
from stores.trino import query
from tests.integration.flows import bronze, live, silver
from tests.integration.flows.silver import MARKET, Row
from tests.integration.flows.worker import worker_environment
from tests.support.running_stack import RunningStack
from verify.captures import RecordedTrade
from verify.proof import own_namespace

DAY = date(2023, 11, 15)
MIDNIGHT_MS = 1_700_006_400_000
MINUTE_MS = 60_000
LENGTH_MS = 40 * MINUTE_MS
GOOD, UNKNOWN = "GOODUSDT", "币安人生USDT"
SYMBOLS = (GOOD, "TWICEUSDT", "PRICEUSDT", "NULLUSDT", "TYPEUSDT", "CLAIMUSDT", UNKNOWN)

NOTHING = dict.fromkeys(("missing_trades", "expected_trades", "completeness")) | {"is_final": False}
"""Of a window that is not known to be whole."""

Fault = tuple[str, str, str]
"""Check, table and symbol."""


@dataclass(frozen=True, slots=True)
class Stores:
    """A lake and a MongoDB whose rows are as they must be, before anything is planted."""

    settings: Settings
    lake: Lake
    trades: dict[str, list[RecordedTrade]]

    def run(self) -> State[Any]:
        """Run the flow over the day, and return the state that it ended in."""
        with worker_environment(self.settings):
            state: State[Any] = quality(day=DAY, return_state=True)
        return state

    def roll_up(self, *, force: bool = False) -> set[str]:
        """Run the rollup over the day, and return the symbols that have candles by then."""
        with worker_environment(self.settings):
            rollup(start=DAY, end=date(2023, 11, 16), force=force)
        return {row["symbol"] for row in self.rows("candles_5m")}

    def rows(self, name: str) -> list[Row]:
        found: list[Row] = self.lake.table(table(name)).scan().to_arrow().to_pylist()
        return found

    def page(self) -> str:
        path = f"reports/{self.settings.namespace.prefix}/quality/{DAY}.html"
        with self.lake.store.open_input_stream(path) as file:
            return bytes(file.read()).decode()


@pytest.fixture(scope="module")
def stores(stack: RunningStack) -> Iterator[Stores]:
    settings = own_namespace(stack.settings)
    lake = pipeline.lake(settings)
    migrate(lake)
    ensure_topics(settings.kafka.bootstrap_servers, [ALERTS], settings.namespace)
    prepare(settings.mongodb.uri, settings.namespace)
    trades = {
        symbol: silver.walk(symbol, MIDNIGHT_MS, LENGTH_MS, "61838.1", []) for symbol in SYMBOLS
    }
    try:
        silver.append(
            lake, "trades", bronze.trades([one for own in trades.values() for one in own])
        )
        with live.database(settings) as database:
            for interval in ("1s", "1m"):
                name, rows = f"candles_{interval}", silver.candles(trades, interval)
                rows = [row | NOTHING if row["symbol"] == UNKNOWN else row for row in rows]
                silver.append(lake, name, rows)
                database[name].insert_many(live.documents(name, rows))
        yield Stores(settings, lake, trades)
    finally:
        pipeline.tear_down(settings)


@pytest.fixture(scope="module")
def green(stores: Stores) -> list[Verdict]:
    """What a run says of good stores."""
    verdicts: list[Verdict] = stores.run().result()
    return verdicts


@pytest.fixture(scope="module")
def faults(stores: Stores, green: list[Verdict]) -> set[Fault]:
    """What a run, which fails, says once each error is planted."""
    assert all(one.is_green for one in green)
    plant(stores)
    state = stores.run()
    assert state.is_failed(), state
    with pytest.raises(QualityError) as raised:
        state.result()
    newest = max(row["checked_at"] for row in stores.rows("quality_results"))
    red = [
        row for row in stores.rows("quality_results")
        if row["checked_at"] == newest and not row["is_green"]
    ]  # fmt: skip
    for row in red:
        said = f"{row['check_name']} of {row['table_name']}, {MARKET} {row['symbol']}"
        assert said in str(raised.value)
        assert row["detail"]
    return {(row["check_name"], row["table_name"], row["symbol"]) for row in red}


def plant(stores: Stores) -> None:
    trade = stores.trades["TWICEUSDT"][50]
    silver.append(stores.lake, "trades", bronze.trades([trade]))
    for symbol, change in (
        ("PRICEUSDT", lambda row: {"low": row["high"] + Decimal(1)}),
        ("NULLUSDT", lambda row: {"volume_base": None}),
        ("CLAIMUSDT", lambda row: NOTHING | {"is_final": True}),
    ):
        rows = silver.candles({symbol: stores.trades[symbol]}, "1m")
        silver.replace(
            stores.lake, "candles_1m", symbol, [rows[0], rows[1] | change(rows[1]), *rows[2:]]
        )
    with live.database(stores.settings) as database:
        one = database["candles_1m"].find_one({"symbol": "TYPEUSDT", "trade_count": {"$gt": 1}})
        assert one is not None
        change = {"$set": {"vwap": str(one["vwap"])}}
        database["candles_1m"].update_one({"_id": one["_id"]}, change)


def test_every_rule_of_every_table_with_rows_is_green_on_good_stores(
    stores: Stores, green: list[Verdict]
) -> None:
    assert [str(one) for one in green if not one.is_green] == []
    looked_at = {one.table_name: one.found_rows for one in green}
    assert looked_at["bronze.trades"] == sum(len(own) for own in stores.trades.values())
    assert looked_at.keys() >= {"silver.candles_1s", "silver.candles_1m", "live.candles_1m"}
    assert len(stores.rows("quality_results")) == len(green) > 200


def test_the_page_needs_no_network(stores: Stores, green: list[Verdict]) -> None:
    page = stores.page()
    assert f"{len(green)} results, 0 red" in page
    assert "no trade was below the lowest or above the highest" in page
    assert re.findall(r"(?:https?:)?//|<script|<link|@import|url\(", page) == []


def test_a_trade_that_stands_twice_is_found(faults: set[Fault]) -> None:
    assert ("unique(market, symbol, trade_id)", "bronze.trades", "TWICEUSDT") in faults


def test_a_changed_price_is_found(faults: set[Fault]) -> None:
    assert ("prices_in_order", "silver.candles_1m", "PRICEUSDT") in faults
    assert ("vwap_between_low_and_high", "silver.candles_1m", "PRICEUSDT") in faults


def test_a_null_that_cannot_be_is_found(faults: set[Fault]) -> None:
    assert ("never_null(volume_base)", "silver.candles_1m", "NULLUSDT") in faults


def test_an_unknown_window_that_claims_to_be_final_is_found(faults: set[Fault]) -> None:
    assert ("final_lacks_nothing", "silver.candles_1m", "CLAIMUSDT") in faults


def test_an_unknown_window_is_unknown_for_whoever_asks_views(
    stores: Stores, green: list[Verdict]
) -> None:
    assert green
    (view,) = [
        name
        for name in create_views(stores.settings.trino_url, stores.settings.namespace)
        if name.endswith("candles_1m")
    ]
    asked = f"SELECT DISTINCT store, missing_trades, completeness, is_final FROM {view}"
    text = f"{asked} WHERE symbol = '{UNKNOWN}' ORDER BY store"
    assert query(stores.settings.trino_url, text).rows == [["lake", None, None, False]]
    late_ms = MIDNIGHT_MS + LENGTH_MS + 5 * MINUTE_MS
    with live.database(stores.settings) as database:
        one = database["candles_1m"].find_one({"symbol": UNKNOWN})
        assert one is not None
        moment = datetime.fromtimestamp(late_ms / 1_000, UTC)
        database["candles_1m"].insert_one(one | {"_id": "later", "window_start": moment})
    rows = query(stores.settings.trino_url, text).rows
    assert rows == [["lake", None, None, False], ["live", None, None, False]]


def test_a_wrong_type_in_mongodb_is_found(faults: set[Fault]) -> None:
    assert ("bson_type(vwap)", "live.candles_1m", "TYPEUSDT") in faults


def test_nothing_else_is_red_and_each_fault_is_an_alert(stores: Stores, faults: set[Fault]) -> None:
    assert {symbol for _, _, symbol in faults} == {*SYMBOLS} - {GOOD, UNKNOWN}
    alerts = stores.rows("alerts")
    told = {(one["check_name"], one["table_name"], one["symbol"]) for one in alerts}
    assert told == faults
    assert {one["severity"] for one in alerts} == {"error"}


def test_gold_is_kept_from_symbols_whose_rows_are_red(stores: Stores, faults: set[Fault]) -> None:
    assert faults
    published = stores.roll_up()
    # A document of MongoDB says nothing against the rows of the lake.
    assert published == {GOOD, UNKNOWN, "TYPEUSDT"}
    pairs = {(row["symbol"], row["other_symbol"]) for row in stores.rows("correlations")}
    assert not {symbol for pair in pairs for symbol in pair} - published


def test_what_is_red_can_be_forced_and_comes_by_itself_once_it_is_green(
    stores: Stores, faults: set[Fault]
) -> None:
    assert faults
    trade = stores.trades["TWICEUSDT"][50]
    condition = f"symbol = '{trade.symbol}' and trade_id = {trade.trade_id}"
    stores.lake.table(table("trades")).delete(condition)
    silver.append(stores.lake, "trades", bronze.trades([replace(trade)]))
    assert stores.run().is_failed()
    assert "TWICEUSDT" in stores.roll_up()
    assert stores.roll_up(force=True) == {*SYMBOLS}
