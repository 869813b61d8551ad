"""The job `liquidity` on hand-made books: every row of every store against the reference."""

import time
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from kafka import KafkaConsumer
from pymongo import MongoClient

from market.books.records import TopRecord, UnsyncedMarker
from market.dictionary.tables import table as market_table
from market.dictionary.topics import BOOK_TOPS
from market.metrics.liquidity import spread_bps
from stack.pipeline import lake
from stack.settings import Settings
from stores.trino import query
from tests.integration.book_histories import BookHistory
from tests.integration.expected_liquidity import (
    expected_effective_spread,
    expected_liquidity,
    prices,
)
from tests.integration.known_market.conftest import AFTER_MS, START_MS, STOPPED_MS
from tests.integration.pipelines import rows_by_key
from tests.integration.records import Writer
from verify.expected import Key, Row
from verify.proof import stores_of
from verify.stores import epoch_ms

TABLES = ("liquidity_1s", "liquidity_1m", "effective_spread_1m")
WAIT_S = 90.0
LENGTHS_MS = {"1s": 1_000, "1m": 60_000}


def expected(books: dict[str, list[BookHistory]], table: str) -> dict[Key, Row]:
    name, interval = table.rsplit("_", 1)
    rows: dict[Key, Row] = {}
    for history in chain(*books.values()):
        if name == "liquidity":
            rows |= expected_liquidity(history.records, LENGTHS_MS[interval])
        elif history.market == "binance-spot":
            rows |= expected_effective_spread(history.records, history.trades, 60_000)
    return rows


@pytest.fixture(scope="module")
def complete(own: Settings, books: dict[str, list[BookHistory]]) -> Settings:
    """The same when the perpetuals' feed has come back."""
    writer = Writer(own)
    writer.beat(BOOK_TOPS["binance-usdm"], "binance-usdm", AFTER_MS)
    writer.close()
    for table in TABLES:
        wait_for(own, table, len(expected(books, table)))
    return own


def wait_for(settings: Settings, table: str, count: int) -> None:
    stores = stores_of(settings)
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if all(found >= count for found in stores.count(table).values()):
            return
        time.sleep(0.5)
    raise AssertionError(f"{table}: expected {count} rows, found {stores.count(table)}")


def test_an_outage_of_one_market_holds_its_own_windows_only(
    own: Settings, books: dict[str, list[BookHistory]]
) -> None:
    rows = expected(books, "liquidity_1s")
    ended = [key for key, row in rows.items() if is_spot(key) or row["window_end"] <= STOPPED_MS]
    assert 0 < len(ended) < len(rows)
    wait_for(own, "liquidity_1s", len(ended))
    time.sleep(2)
    found = rows_by_key(stores_of(own).readers("liquidity_1s")["mongodb"]())
    assert sorted(found) == sorted(ended)


def is_spot(key: Key) -> bool:
    return bool(key[0] == "binance-spot")


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_every_store_is_that_of_the_reference(
    table: str, complete: Settings, books: dict[str, list[BookHistory]]
) -> None:
    rows = expected(books, table)
    assert len(rows) > 5
    for store, read in stores_of(complete).readers(table).items():
        found = rows_by_key(read())
        assert sorted(found) == sorted(rows), store
        for key, row in rows.items():
            assert {name: found[key][name] for name in row} == row, (store, key)


def test_what_the_histories_hold_is_worth_the_proof(books: dict[str, list[BookHistory]]) -> None:
    rows = expected(books, "liquidity_1s").values()
    assert any(row["synced_ms"] == 0 for row in rows)
    assert any(0 < row["synced_ms"] < 1_000 for row in rows)
    assert any(row["is_final"] for row in rows)
    assert any(row["resyncs"] for row in rows)
    assert any(row["obi_5_mean"] is None and row["obi_20_mean"] is not None for row in rows)
    minutes = expected(books, "effective_spread_1m").values()
    assert any(row["completeness"] is None for row in minutes)
    assert any(0 < (row["completeness"] or 0) < 1 for row in minutes)


def test_no_record_in_time_is_called_late(complete: Settings) -> None:
    late = complete.namespace.topic("late_records")
    consumer = KafkaConsumer(
        late,
        bootstrap_servers=complete.kafka.bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=2_000,
    )
    assert list(consumer) == []
    consumer.close()


def test_a_record_whose_second_was_vouched_for_is_named_late(complete: Settings) -> None:
    writer = Writer(complete)
    topic = BOOK_TOPS["binance-spot"]
    marker = UnsyncedMarker("binance-spot", "LATE", 1, START_MS, "", START_MS + 5)
    late = marker.value() | {"late_after_ms": AFTER_MS}
    writer.write(topic, "binance-spot|LATE", late)
    writer.close()
    table = lake(complete).table(market_table("late_records"))
    deadline = time.monotonic() + WAIT_S
    rows: list[dict[str, Any]] = []
    while not rows and time.monotonic() < deadline:
        rows = table.refresh().scan().to_arrow().to_pylist()
    assert [(row["symbol"], row["topic"], row["job"], row["trade_id"]) for row in rows] == [
        ("LATE", "book_tops.binance-spot", "liquidity", None)
    ]


def test_the_lake_holds_each_book_record_once_and_no_heartbeat(
    complete: Settings, books: dict[str, list[BookHistory]]
) -> None:
    told = sorted(
        (record.market, record.symbol, record.book_sequence, record.event_time_ms)
        for history in chain(*books.values())
        for record in history.records
    )
    table = lake(complete).table(market_table("book_tops"))
    rows = [row for row in table.scan().to_arrow().to_pylist() if row["symbol"] != "LATE"]
    assert told == sorted(
        (row["market"], row["symbol"], row["book_sequence"], epoch_ms(row["event_time"]))
        for row in rows
    )


def test_arrays_of_decimals_reach_lake_and_documents_exactly(complete: Settings) -> None:
    table = lake(complete).table(market_table("book_snapshots"))
    (row,) = table.scan().to_arrow().to_pylist()
    assert row["bid_prices"] == [Decimal("10.10000000"), Decimal("10.00000000")]
    assert row["ask_sizes"] == [Decimal("3.50000000")]
    (document,) = documents(complete, "latest_books")
    assert document["_id"] == "binance-spot|BTCUSDT"
    sizes = [size.to_decimal() for size in document["bid_sizes"]]
    assert sizes == [Decimal("1.00000000"), Decimal("2.00000000")]


def test_the_newest_quote_of_each_symbol_is_the_last_record_written(
    complete: Settings, books: dict[str, list[BookHistory]]
) -> None:
    found = {document["_id"]: document for document in documents(complete, "latest_quotes")}
    for history in chain(*books.values()):
        last = history.records[-1]
        document = found[last.key()]
        assert epoch_ms(document["event_time"]) == last.event_time_ms
        assert document["is_synced"] == isinstance(last, TopRecord)
        if isinstance(last, TopRecord):
            bid, ask = prices(last.top)
            assert document["bid_price"].to_decimal() == bid
            assert document["spread_bps"] == float(spread_bps(bid, ask))
        else:
            assert document["bid_price"] is None


def documents(settings: Settings, collection: str) -> list[dict[str, Any]]:
    with MongoClient[dict[str, Any]](settings.mongodb.uri, tz_aware=True) as client:
        return list(client[settings.namespace.database()][collection].find())


def test_the_joined_view_shows_every_window_once(
    complete: Settings, books: dict[str, list[BookHistory]]
) -> None:
    view = f"lake.{complete.namespace.layer('views')}.liquidity_1m"
    text = f"SELECT market, symbol, to_unixtime(window_start) * 1000 FROM {view}"
    keys = [tuple(row) for row in query(complete.trino_url, text).rows]
    assert sorted(keys) == sorted(expected(books, "liquidity_1m"))
