"""The reconciliation flow on known stores: green on good ones, and each planted error by name."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kafka import KafkaConsumer
from prefect.client.schemas.objects import State

from connectors.connect.topics import ensure_topics
from flows.reconcile.flow import reconcile
from flows.reconcile.reconciliation import CHECKS, ReconciliationError
from iceberg.migrate import migrate
from market.dictionary.tables import table
from market.dictionary.topics import ALERTS
from stack import pipeline
from stack.settings import Settings
from stores.iceberg import Lake
from stores.mongodb import prepare
from tests.integration.flows import bronze, live, silver
from tests.integration.flows.exchange import exchange
from tests.integration.flows.silver import MARKET, Row
from tests.integration.flows.worker import worker_environment
from tests.support.running_stack import RunningStack
from verify.captures import RecordedTrade
from verify.proof import own_namespace

if TYPE_CHECKING:
    from flows.shared.findings import Finding

DAY = date(2023, 11, 15)
MIDNIGHT_MS = 1_700_006_400_000
MINUTE_MS = 60_000
BEFORE_MS, LENGTH_MS = 5 * MINUTE_MS, 25 * MINUTE_MS
"""Trades begin before the day, so that its first ids have one before them."""

GAPPED = "GAPUSDT"
"""Lacks trades over midnight, within a minute and over several, which feed events tell."""
GAPS = [(295_000, 310_000), (700_000, 715_000), (900_000, 1_050_000)]
HALF_KNOWN = ("HALFUSDT", "HALFMOREUSDT", "HALFGONEUSDT")
"""Have a minute that says that it is unknown."""
HEALTHY = (GAPPED, "KLINEUSDT", "HALFUSDT")
PLANTED = ("TWICEUSDT", "LOSTUSDT", "EDGEUSDT", "PRICEUSDT", "MOREUSDT", "LIVEUSDT", "EXTRAUSDT",
           "BOOKUSDT", "HALFMOREUSDT", "HALFGONEUSDT")  # fmt: skip
"""Get a fault each, before one run that checks them all."""
SYMBOLS = (*HEALTHY, *PLANTED)

Check = tuple[str, str]
Counts = tuple[int, int, int]
"""Rows missing, surplus and wrong."""


@dataclass(frozen=True, slots=True)
class Stores:
    """A lake and a MongoDB that agree on the same trades, before anything is planted."""

    settings: Settings
    lake: Lake
    trades: dict[str, list[RecordedTrade]]

    def run(self, *symbols: str, exchange: str = "") -> State[Any]:
        """Run the flow over the day, and return the state that it ended in."""
        with worker_environment(replace(self.settings, exchange=exchange)):
            state: State[Any] = reconcile(day=DAY, symbols=list(symbols), return_state=True)
        return state

    def red_rows(self) -> list[Row]:
        """Return what the newest run found red."""
        rows = self.rows()
        newest = max(row["checked_at"] for row in rows)
        return [row for row in rows if row["checked_at"] == newest and not row["is_green"]]

    def alerts(self, raised_at: datetime) -> set[tuple[str, Check]]:
        """Return the symbols and checks that the lake's alerts of a run are about."""
        found = self.lake.table(table("alerts")).scan().to_arrow().to_pylist()
        # A topic has milliseconds, so an alert has no more.
        moment = raised_at.replace(microsecond=raised_at.microsecond // 1_000 * 1_000)
        return {
            (row["symbol"], (row["check_name"], row["table_name"]))
            for row in found
            if row["raised_at"] == moment
        }

    def sent(self) -> list[Row]:
        """Return the records of topic `alerts`, oldest first."""
        topic = self.settings.namespace.topic(ALERTS.name)
        consumer = KafkaConsumer(
            topic,
            bootstrap_servers=self.settings.kafka.bootstrap_servers,
            auto_offset_reset="earliest",
            consumer_timeout_ms=3_000,
        )
        try:
            return [json.loads(record.value) | {"key": record.key} for record in consumer]
        finally:
            consumer.close()

    def rows(self) -> list[Row]:
        found: list[Row] = self.lake.table(table("reconciliations")).scan().to_arrow().to_pylist()
        return found

    def first(self, symbol: str) -> RecordedTrade:
        """Return the first trade of the day's third minute, some way from any edge."""
        start_ms = MIDNIGHT_MS + 2 * MINUTE_MS
        return next(one for one in self.trades[symbol] if one.time_ms >= start_ms)


@pytest.fixture(scope="module")
def stores(stack: RunningStack) -> Iterator[Stores]:
    settings = own_namespace(stack.settings)
    lake = pipeline.lake(settings)
    migrate(lake)
    ensure_topics(settings.kafka.bootstrap_servers, [ALERTS], settings.namespace)
    prepare(settings.mongodb.uri, settings.namespace)
    trades = {
        symbol: silver.walk(
            symbol, MIDNIGHT_MS - BEFORE_MS, LENGTH_MS, "61838.1", GAPS if symbol == GAPPED else []
        )
        for symbol in SYMBOLS
    }
    try:
        fill(settings, lake, trades)
        yield Stores(settings, lake, trades)
    finally:
        pipeline.tear_down(settings)


def fill(settings: Settings, lake: Lake, trades: dict[str, list[RecordedTrade]]) -> None:
    received = [one for symbol in trades for one in trades[symbol]]
    silver.append(lake, "trades", bronze.trades(received))
    silver.append(lake, "feed_events", list(bronze.gaps_left(trades[GAPPED])))
    minutes = silver.liquidity(7, "BOOKUSDT", MIDNIGHT_MS, 20)
    windows = {f"candles_{interval}": silver.candles(trades, interval) for interval in ("1s", "1m")}
    for rows in windows.values():
        rows[:] = [half_known(row) if is_half_known(row) else row for row in rows]
    windows |= {"liquidity_1m": minutes, "liquidity_1s": silver.liquidity_seconds(minutes)}
    with live.database(settings) as database:
        for name, rows in windows.items():
            silver.append(lake, name, rows)
            database[name].insert_many(live.documents(name, rows))


def is_half_known(row: Row) -> bool:
    minute_ms = MIDNIGHT_MS + 4 * MINUTE_MS
    return row["symbol"] in HALF_KNOWN and minute_ms <= row["window_start"] < minute_ms + MINUTE_MS


def half_known(row: Row) -> Row:
    """Return a window that says that it is unknown, and that lacks trades which bronze has."""
    nothing = dict.fromkeys(("missing_trades", "expected_trades", "completeness"))
    return row | nothing | {"trade_count": row["trade_count"] - 1, "is_final": False}


@pytest.fixture(scope="module")
def agreed(stores: Stores) -> "list[Finding]":
    """What a run finds before anything is planted."""
    findings: list[Finding] = stores.run(*SYMBOLS).result()
    return findings


def test_stores_that_agree_are_green_and_every_check_of_every_symbol_is_kept(
    stores: Stores, agreed: "list[Finding]"
) -> None:
    assert [one for one in agreed if not one.is_green] == []
    assert Counter((one.check_name, one.table_name) for one in agreed) == {
        ("trade_ids", "bronze.trades"): len(SYMBOLS),
        ("windows", "silver.candles_1s"): len(SYMBOLS),
        ("windows", "silver.candles_1m"): len(SYMBOLS),
        ("live", "silver.candles_1s"): len(SYMBOLS),
        ("live", "silver.candles_1m"): len(SYMBOLS),
        ("live", "silver.liquidity_1s"): 1,
        ("live", "silver.liquidity_1m"): 1,
        ("liquidity", "silver.liquidity_1m"): 1,
    }
    assert {one.name for one in CHECKS} == {one.check_name for one in agreed}
    assert all(one.expected_rows > 10 for one in agreed)
    assert len(stores.rows()) == len(agreed)


def test_ids_that_feed_events_report_are_no_fault_but_are_named(
    stores: Stores, agreed: "list[Finding]"
) -> None:
    (ids,) = [one for one in agreed if (one.check_name, one.symbol) == ("trade_ids", GAPPED)]
    within = [one.trade_id for one in stores.trades[GAPPED] if one.time_ms >= MIDNIGHT_MS]
    before = max(one.trade_id for one in stores.trades[GAPPED] if one.time_ms < MIDNIGHT_MS)
    left_out = max(within) - before - len(within)
    assert left_out > 10
    assert ids.expected_rows == ids.found_rows == len(within)
    assert ids.detail == f"{left_out} left out as feed events tell"


def test_windows_up_to_the_newest_minute_are_checked(
    stores: Stores, agreed: "list[Finding]"
) -> None:
    for symbol in HEALTHY:
        last_ms = stores.trades[symbol][-1].time_ms
        until = {
            one.to_time_ms for one in agreed if (one.check_name, one.symbol) == ("windows", symbol)
        }
        assert until == {last_ms // MINUTE_MS * MINUTE_MS}


def plant_twice(stores: Stores) -> None:
    silver.append(stores.lake, "trades", bronze.trades([stores.first("TWICEUSDT")]))


def plant_lost(stores: Stores) -> None:
    lose(stores, stores.first("LOSTUSDT"))


def plant_lost_at_the_edge(stores: Stores) -> None:
    lose(stores, next(one for one in stores.trades["EDGEUSDT"] if one.time_ms >= MIDNIGHT_MS))


def lose(stores: Stores, trade: RecordedTrade) -> None:
    condition = f"symbol = '{trade.symbol}' and trade_id = {trade.trade_id}"
    stores.lake.table(table("trades")).delete(condition)


def plant_price(stores: Stores) -> None:
    rows = silver.candles({"PRICEUSDT": stores.trades["PRICEUSDT"]}, "1m")
    changed = next(row for row in rows if row["window_start"] == MIDNIGHT_MS + 3 * MINUTE_MS)
    changed["high"] += Decimal("0.00000001")
    silver.replace(stores.lake, "candles_1m", "PRICEUSDT", rows)


def plant_more(stores: Stores) -> None:
    """Write a window without a trade, and one a second time."""
    rows = silver.candles({"MOREUSDT": stores.trades["MOREUSDT"]}, "1s")
    sample = next(row for row in rows if row["window_start"] >= MIDNIGHT_MS + 2 * MINUTE_MS)
    free = free_second(rows, sample["window_start"])
    invented = sample | {"window_start": free, "window_end": free + 1_000}
    silver.append(stores.lake, "candles_1s", [invented, sample])


def free_second(rows: list[Row], from_ms: int) -> int:
    """Return the first second from an instant on that has no window."""
    starts = {row["window_start"] for row in rows}
    return next(one for one in range(from_ms, rows[-1]["window_start"], 1_000) if one not in starts)


def plant_wrong_documents(stores: Stores) -> None:
    """Give a document a wrong value, and another one a value of a wrong type."""
    with live.database(stores.settings) as database:
        minutes = database["candles_1m"]
        documents = list(minutes.find({"symbol": "LIVEUSDT"}).sort("window_start"))
        wrong, mistyped = documents[8], documents[9]
        count = {"trade_count": wrong["trade_count"] + 1}
        minutes.update_one({"_id": wrong["_id"]}, {"$set": count})
        minutes.update_one({"_id": mistyped["_id"]}, {"$set": {"vwap": str(mistyped["vwap"])}})


def plant_extra_documents(stores: Stores) -> None:
    """Write a document that the lake has passed without, and one that it may still get."""
    rows = silver.candles({"EXTRAUSDT": stores.trades["EXTRAUSDT"]}, "1s")
    passed = free_second(rows, MIDNIGHT_MS + 2 * MINUTE_MS)
    newer = rows[-1]["window_start"] + 5_000
    extra = [rows[-1] | {"window_start": start} for start in (passed, newer)]
    with live.database(stores.settings) as database:
        database["candles_1s"].insert_many(live.documents("candles_1s", extra))


def plant_in_a_book(stores: Stores) -> None:
    """Change a minute that is not the sum of its seconds any more, and delete another one."""
    rows = silver.liquidity(7, "BOOKUSDT", MIDNIGHT_MS, 20)
    rows[5]["resyncs"] += 1
    del rows[8]
    silver.replace(stores.lake, "liquidity_1m", "BOOKUSDT", rows)
    with live.database(stores.settings) as database:
        database["liquidity_1m"].delete_many({"symbol": "BOOKUSDT"})


def plant_in_unknown_windows(stores: Stores) -> None:
    """Let an unknown window hold more than there was, and delete another one."""
    rows = list(silver.rows_of(stores.lake, "candles_1m").values())
    for symbol, instead in (("HALFMOREUSDT", more_trades), ("HALFGONEUSDT", lambda _: [])):
        own = [row for row in rows if row["symbol"] == symbol]
        (half,) = [row for row in own if is_half_known(row)]
        others = [row for row in own if row is not half]
        silver.replace(stores.lake, "candles_1m", symbol, [*others, *instead(half)])


def more_trades(row: Row) -> list[Row]:
    return [row | {"trade_count": row["trade_count"] + 2}]


FAULTS = (
    plant_twice,
    plant_lost,
    plant_lost_at_the_edge,
    plant_price,
    plant_more,
    plant_wrong_documents,
    plant_extra_documents,
    plant_in_a_book,
    plant_in_unknown_windows,
)


@dataclass(frozen=True, slots=True)
class Planted:
    """What one run over all symbols found after a fault of each kind was planted.

    Attributes:
        error: what the run failed with.
        rows: of its red checks.
        sent: its alerts in Kafka.
    """

    error: str
    rows: list[Row]
    sent: list[Row]

    def of(self, symbol: str) -> dict[Check, Counts]:
        """Return what is red of a symbol."""
        return {
            (row["check_name"], row["table_name"]): (
                row["missing_rows"],
                row["surplus_rows"],
                row["wrong_rows"],
            )
            for row in self.rows
            if row["symbol"] == symbol
        }


@pytest.fixture(scope="module")
def planted(stores: Stores, agreed: "list[Finding]") -> Planted:
    for plant in FAULTS:
        plant(stores)
    state = stores.run()
    assert state.is_failed(), state
    with pytest.raises(ReconciliationError) as raised:
        state.result()
    return Planted(str(raised.value), stores.red_rows(), stores.sent())


def test_one_run_over_all_symbols_names_every_fault_and_the_run_before_none(
    planted: Planted,
) -> None:
    named = {symbol for symbol in SYMBOLS if f"{MARKET} {symbol}:" in planted.error}
    assert named == {*PLANTED}
    for row in planted.rows:
        where = f"{row['check_name']} of {row['table_name']}, {MARKET} {row['symbol']}"
        assert where in planted.error
        assert row["detail"]


def test_a_trade_that_stands_twice_is_found(planted: Planted) -> None:
    assert planted.of("TWICEUSDT") == {
        ("trade_ids", "bronze.trades"): (0, 1, 0),
        ("windows", "silver.candles_1s"): (0, 0, 1),
        ("windows", "silver.candles_1m"): (0, 0, 1),
    }


def test_a_trade_that_is_lost_is_found(stores: Stores, planted: Planted) -> None:
    trade = stores.first("LOSTUSDT")
    second = [
        one for one in stores.trades["LOSTUSDT"] if one.time_ms // 1_000 == trade.time_ms // 1_000
    ]
    assert planted.of("LOSTUSDT") == {
        ("trade_ids", "bronze.trades"): (1, 0, 0),
        # A second that has no other trade should not be there at all.
        ("windows", "silver.candles_1s"): (0, 1, 0) if len(second) == 1 else (0, 0, 1),
        ("windows", "silver.candles_1m"): (0, 0, 1),
    }


def test_the_first_trade_of_a_day_is_missed_too(planted: Planted) -> None:
    assert planted.of("EDGEUSDT")["trade_ids", "bronze.trades"] == (1, 0, 0)


def test_each_red_check_is_an_alert_in_the_lake_and_in_kafka(
    stores: Stores, planted: Planted
) -> None:
    red = {(row["symbol"], (row["check_name"], row["table_name"])) for row in planted.rows}
    (checked_at,) = {row["checked_at"] for row in planted.rows}
    assert stores.alerts(checked_at) == red
    sent = planted.sent
    assert {(one["symbol"], (one["check_name"], one["table_name"])) for one in sent} == red
    assert {one["key"] for one in sent} == {f"{MARKET}|{symbol}".encode() for symbol in PLANTED}
    assert {(one["alert"], one["severity"]) for one in sent} == {("reconciliation", "error")}
    (ids,) = [
        one for one in sent
        if (one["symbol"], one["check_name"]) == ("LOSTUSDT", "trade_ids")
    ]  # fmt: skip
    assert "1 missing after id" in ids["detail"]
    assert ids["from_time_ms"] == MIDNIGHT_MS


def test_a_green_run_adds_rows_beside_the_older_ones_and_raises_no_alert(
    stores: Stores, planted: Planted
) -> None:
    before = len(stores.rows())
    findings: list[Finding] = stores.run(GAPPED).result()
    assert len(stores.rows()) == before + len(findings)
    assert stores.sent() == planted.sent


def test_a_changed_price_of_a_window_is_found(planted: Planted) -> None:
    assert planted.of("PRICEUSDT") == {
        ("windows", "silver.candles_1m"): (0, 0, 1),
        ("live", "silver.candles_1m"): (0, 0, 1),
    }
    (row,) = [
        row for row in planted.rows
        if (row["symbol"], row["check_name"]) == ("PRICEUSDT", "windows")
    ]  # fmt: skip
    assert row["detail"].startswith("2023-11-15T00:03:00")
    assert row["detail"].endswith("differs in high")


def test_a_window_without_a_trade_and_one_that_stands_twice_are_found(planted: Planted) -> None:
    assert planted.of("MOREUSDT") == {("windows", "silver.candles_1s"): (0, 2, 0)}


def test_a_document_with_a_wrong_value_or_a_wrong_type_is_found(planted: Planted) -> None:
    assert planted.of("LIVEUSDT") == {("live", "silver.candles_1m"): (0, 0, 2)}


def test_a_document_that_the_lake_has_passed_without_is_found_and_a_newer_one_is_not(
    planted: Planted,
) -> None:
    assert planted.of("EXTRAUSDT") == {("live", "silver.candles_1s"): (0, 1, 0)}


def test_a_minute_of_a_book_that_is_not_the_sum_of_its_seconds_is_found(planted: Planted) -> None:
    assert planted.of("BOOKUSDT") == {("liquidity", "silver.liquidity_1m"): (1, 0, 1)}


def test_an_unknown_window_claims_nothing_but_must_be_there_and_hold_no_more_than_there_was(
    planted: Planted,
) -> None:
    assert planted.of("HALFUSDT") == {}
    assert planted.of("HALFMOREUSDT")["windows", "silver.candles_1m"] == (0, 0, 1)
    assert planted.of("HALFGONEUSDT")["windows", "silver.candles_1m"] == (1, 0, 0)


def true_trades(symbol: str) -> list[RecordedTrade]:
    """Return what really happened, gaps and all."""
    return silver.walk(symbol, MIDNIGHT_MS - BEFORE_MS, LENGTH_MS, "61838.1", [])


def test_minutes_are_the_exchanges_own_and_gaps_are_no_larger_than_reported(
    stores: Stores, tmp_path: Path
) -> None:
    with exchange(true_trades("KLINEUSDT") + true_trades(GAPPED), tmp_path) as url:
        findings: list[Finding] = stores.run("KLINEUSDT", GAPPED, exchange=url).result()
    klines = {one.symbol: one for one in findings if one.check_name == "klines"}
    assert {symbol: one.is_green for symbol, one in klines.items()} == dict.fromkeys(klines, True)
    assert klines["KLINEUSDT"].expected_rows == klines["KLINEUSDT"].found_rows == 20
    assert klines["KLINEUSDT"].detail == ""
    assert klines[GAPPED].found_rows < klines[GAPPED].expected_rows == 20
    assert "say that they may lack trades" in klines[GAPPED].detail


def test_a_price_that_only_the_exchange_knows_better_is_found(
    stores: Stores, tmp_path: Path
) -> None:
    first = stores.first("KLINEUSDT")
    said = [
        replace(one, price=one.price * 2) if one.trade_id == first.trade_id else one
        for one in true_trades("KLINEUSDT")
    ]
    with exchange(said, tmp_path) as url:
        assert stores.run("KLINEUSDT", exchange=url).is_failed()
    (row,) = stores.red_rows()
    assert (row["symbol"], row["check_name"], row["wrong_rows"]) == ("KLINEUSDT", "klines", 1)
