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
from tests.integration.conftest import RunningStack
from tests.integration.flows import bronze, live, silver
from tests.integration.flows.exchange import exchange
from tests.integration.flows.silver import MARKET, Row
from tests.integration.flows.worker import worker_environment
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
SYMBOLS = (GAPPED, "TWICEUSDT", "LOSTUSDT", "EDGEUSDT", "PRICEUSDT", "MOREUSDT", "LIVEUSDT",
           "EXTRAUSDT", "BOOKUSDT", "KLINEUSDT", "HALFUSDT")  # fmt: skip

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

    def faults(self, symbol: str, exchange: str = "") -> dict[Check, Counts]:
        """Run the flow over a symbol, which fails, and return what is red in the lake by then."""
        state = self.run(symbol, exchange=exchange)
        assert state.is_failed(), state
        with pytest.raises(ReconciliationError) as raised:
            state.result()
        newest = max(row["checked_at"] for row in self.rows())
        red = {
            (row["check_name"], row["table_name"]): row
            for row in self.rows()
            if row["checked_at"] == newest and not row["is_green"]
        }
        assert self.alerts(newest) == set(red)
        for (name, table_name), row in red.items():
            assert f"{name} of {table_name}, {MARKET} {symbol}" in str(raised.value)
            assert row["detail"]
        return {
            check: (row["missing_rows"], row["surplus_rows"], row["wrong_rows"])
            for check, row in red.items()
        }

    def alerts(self, raised_at: datetime) -> set[Check]:
        """Return what the lake's alerts of a run are about."""
        found = self.lake.table(table("alerts")).scan().to_arrow().to_pylist()
        # A topic has milliseconds, so an alert has no more.
        moment = raised_at.replace(microsecond=raised_at.microsecond // 1_000 * 1_000)
        return {
            (row["check_name"], row["table_name"]) for row in found if row["raised_at"] == moment
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
    return row["symbol"] == "HALFUSDT" and minute_ms <= row["window_start"] < minute_ms + MINUTE_MS


def half_known(row: Row) -> Row:
    """Return a window that says that it is unknown, and that lacks trades which bronze has."""
    nothing = dict.fromkeys(("missing_trades", "expected_trades", "completeness"))
    return row | nothing | {"trade_count": row["trade_count"] - 1, "is_final": False}


def test_stores_that_agree_are_green_and_every_check_of_every_symbol_is_kept(
    stores: Stores,
) -> None:
    findings: list[Finding] = stores.run(*SYMBOLS).result()
    assert [one for one in findings if not one.is_green] == []
    assert Counter((one.check_name, one.table_name) for one in findings) == {
        ("trade_ids", "bronze.trades"): len(SYMBOLS),
        ("windows", "silver.candles_1s"): len(SYMBOLS),
        ("windows", "silver.candles_1m"): len(SYMBOLS),
        ("live", "silver.candles_1s"): len(SYMBOLS),
        ("live", "silver.candles_1m"): len(SYMBOLS),
        ("live", "silver.liquidity_1s"): 1,
        ("live", "silver.liquidity_1m"): 1,
        ("liquidity", "silver.liquidity_1m"): 1,
    }
    assert {one.name for one in CHECKS} == {one.check_name for one in findings}
    assert all(one.expected_rows > 10 for one in findings)
    assert len(stores.rows()) == len(findings)


def test_ids_that_feed_events_tell_of_are_no_fault_but_are_told(stores: Stores) -> None:
    findings: list[Finding] = stores.run(GAPPED).result()
    (ids,) = [one for one in findings if one.check_name == "trade_ids"]
    within = [one.trade_id for one in stores.trades[GAPPED] if one.time_ms >= MIDNIGHT_MS]
    before = max(one.trade_id for one in stores.trades[GAPPED] if one.time_ms < MIDNIGHT_MS)
    left_out = max(within) - before - len(within)
    assert left_out > 10
    assert ids.expected_rows == ids.found_rows == len(within)
    assert ids.detail == f"{left_out} left out as feed events tell"


def test_checking_again_adds_rows_beside_the_older_ones(stores: Stores) -> None:
    before = len(stores.rows())
    findings: list[Finding] = stores.run("LIVEUSDT").result()
    assert len(stores.rows()) == before + len(findings)


def test_windows_up_to_the_newest_minute_are_checked(stores: Stores) -> None:
    findings: list[Finding] = stores.run(GAPPED).result()
    last_ms = stores.trades[GAPPED][-1].time_ms
    until = {one.to_time_ms for one in findings if one.check_name == "windows"}
    assert until == {last_ms // MINUTE_MS * MINUTE_MS}


def test_a_trade_that_stands_twice_is_found(stores: Stores) -> None:
    trade = stores.first("TWICEUSDT")
    silver.append(stores.lake, "trades", bronze.trades([trade]))
    assert stores.faults("TWICEUSDT") == {
        ("trade_ids", "bronze.trades"): (0, 1, 0),
        ("windows", "silver.candles_1s"): (0, 0, 1),
        ("windows", "silver.candles_1m"): (0, 0, 1),
    }


def test_a_trade_that_is_lost_is_found(stores: Stores) -> None:
    trade = stores.first("LOSTUSDT")
    lose(stores, trade)
    second = [
        one for one in stores.trades["LOSTUSDT"] if one.time_ms // 1_000 == trade.time_ms // 1_000
    ]
    assert stores.faults("LOSTUSDT") == {
        ("trade_ids", "bronze.trades"): (1, 0, 0),
        # A second that has no other trade should not be there at all.
        ("windows", "silver.candles_1s"): (0, 1, 0) if len(second) == 1 else (0, 0, 1),
        ("windows", "silver.candles_1m"): (0, 0, 1),
    }


def test_the_first_trade_of_a_day_is_missed_too(stores: Stores) -> None:
    first = next(one for one in stores.trades["EDGEUSDT"] if one.time_ms >= MIDNIGHT_MS)
    lose(stores, first)
    assert stores.faults("EDGEUSDT")["trade_ids", "bronze.trades"] == (1, 0, 0)


def test_each_red_check_is_an_alert_and_a_green_run_raises_none(stores: Stores) -> None:
    before = len(stores.sent())
    red = stores.faults("LOSTUSDT")
    stores.run(GAPPED).result()
    sent = stores.sent()[before:]
    assert {(one["check_name"], one["table_name"]) for one in sent} == set(red)
    assert {one["key"] for one in sent} == {f"{MARKET}|LOSTUSDT".encode()}
    assert {(one["alert"], one["severity"]) for one in sent} == {("reconciliation", "error")}
    (ids,) = [one for one in sent if one["check_name"] == "trade_ids"]
    assert "1 missing after id" in ids["detail"]
    assert ids["from_time_ms"] == MIDNIGHT_MS


def lose(stores: Stores, trade: RecordedTrade) -> None:
    condition = f"symbol = '{trade.symbol}' and trade_id = {trade.trade_id}"
    stores.lake.table(table("trades")).delete(condition)


def test_a_changed_price_of_a_window_is_found(stores: Stores) -> None:
    rows = silver.candles({"PRICEUSDT": stores.trades["PRICEUSDT"]}, "1m")
    changed = next(row for row in rows if row["window_start"] == MIDNIGHT_MS + 3 * MINUTE_MS)
    changed["high"] += Decimal("0.00000001")
    silver.replace(stores.lake, "candles_1m", "PRICEUSDT", rows)
    assert stores.faults("PRICEUSDT") == {
        ("windows", "silver.candles_1m"): (0, 0, 1),
        ("live", "silver.candles_1m"): (0, 0, 1),
    }
    (row,) = [
        row for row in stores.rows()
        if (row["symbol"], row["check_name"], row["is_green"]) == ("PRICEUSDT", "windows", False)
    ]  # fmt: skip
    assert row["detail"].startswith("2023-11-15T00:03:00")
    assert row["detail"].endswith("differs in high")


def test_a_window_without_a_trade_and_one_that_stands_twice_are_found(stores: Stores) -> None:
    rows = silver.candles({"MOREUSDT": stores.trades["MOREUSDT"]}, "1s")
    starts = {row["window_start"] for row in rows}
    sample = next(row for row in rows if row["window_start"] >= MIDNIGHT_MS + 2 * MINUTE_MS)
    free = next(
        start for start in range(sample["window_start"], MIDNIGHT_MS + 10 * MINUTE_MS, 1_000)
        if start not in starts
    )  # fmt: skip
    invented = sample | {"window_start": free, "window_end": free + 1_000}
    silver.append(stores.lake, "candles_1s", [invented, sample])
    assert stores.faults("MOREUSDT") == {("windows", "silver.candles_1s"): (0, 2, 0)}


def test_a_document_with_a_wrong_value_or_a_wrong_type_is_found(stores: Stores) -> None:
    with live.database(stores.settings) as database:
        documents = list(database["candles_1m"].find({"symbol": "LIVEUSDT"}).sort("window_start"))
        wrong, mistyped = documents[8], documents[9]
        key = {"_id": wrong["_id"]}
        database["candles_1m"].update_one(key, {"$set": {"trade_count": wrong["trade_count"] + 1}})
        key = {"_id": mistyped["_id"]}
        database["candles_1m"].update_one(key, {"$set": {"vwap": str(mistyped["vwap"])}})
    assert stores.faults("LIVEUSDT") == {("live", "silver.candles_1m"): (0, 0, 2)}


def test_a_document_that_the_lake_has_passed_without_is_found_and_a_newer_one_is_not(
    stores: Stores,
) -> None:
    rows = silver.candles({"EXTRAUSDT": stores.trades["EXTRAUSDT"]}, "1s")
    seam = rows[-1]["window_start"]
    free = next(
        start for start in range(MIDNIGHT_MS + 2 * MINUTE_MS, seam, 1_000)
        if start not in {row["window_start"] for row in rows}
    )  # fmt: skip
    extra = [rows[-1] | {"window_start": start} for start in (free, seam + 5_000)]
    with live.database(stores.settings) as database:
        database["candles_1s"].insert_many(live.documents("candles_1s", extra))
    assert stores.faults("EXTRAUSDT") == {("live", "silver.candles_1s"): (0, 1, 0)}


def test_a_minute_of_a_book_that_is_not_the_sum_of_its_seconds_is_found(stores: Stores) -> None:
    rows = silver.liquidity(7, "BOOKUSDT", MIDNIGHT_MS, 20)
    rows[5]["resyncs"] += 1
    del rows[8]
    silver.replace(stores.lake, "liquidity_1m", "BOOKUSDT", rows)
    with live.database(stores.settings) as database:
        database["liquidity_1m"].delete_many({"symbol": "BOOKUSDT"})
    assert stores.faults("BOOKUSDT") == {("liquidity", "silver.liquidity_1m"): (1, 0, 1)}


def true_trades(symbol: str) -> list[RecordedTrade]:
    """Return what really happened, gaps and all."""
    return silver.walk(symbol, MIDNIGHT_MS - BEFORE_MS, LENGTH_MS, "61838.1", [])


def test_minutes_are_the_exchanges_own_and_gaps_are_no_larger_than_told(
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
        assert stores.faults("KLINEUSDT", url) == {("klines", "silver.candles_1m"): (0, 0, 1)}


def test_an_unknown_window_claims_nothing_but_must_be_there_and_hold_no_more_than_there_was(
    stores: Stores,
) -> None:
    assert stores.run("HALFUSDT").is_completed()
    rows = list(silver.rows_of(stores.lake, "candles_1m").values())
    own = [row for row in rows if row["symbol"] == "HALFUSDT"]
    (half,) = [row for row in own if is_half_known(row)]
    others = [row for row in own if row is not half]
    more = half | {"trade_count": half["trade_count"] + 2}
    silver.replace(stores.lake, "candles_1m", "HALFUSDT", [*others, more])
    assert stores.faults("HALFUSDT")["windows", "silver.candles_1m"] == (0, 0, 1)
    silver.replace(stores.lake, "candles_1m", "HALFUSDT", others)
    assert stores.faults("HALFUSDT")["windows", "silver.candles_1m"] == (1, 0, 0)
    silver.replace(stores.lake, "candles_1m", "HALFUSDT", own)


def test_one_run_over_all_symbols_names_every_fault(stores: Stores) -> None:
    state = stores.run()
    with pytest.raises(ReconciliationError) as raised:
        state.result()
    named = {symbol for symbol in SYMBOLS if f"{MARKET} {symbol}:" in str(raised.value)}
    assert named == {*SYMBOLS} - {GAPPED, "KLINEUSDT", "HALFUSDT"}
