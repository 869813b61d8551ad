"""A document is what the streams would have written."""

from datetime import UTC, datetime
from decimal import Decimal

from bson.decimal128 import Decimal128
from bson.int64 import Int64

from flows.shared.live_windows import document, document_id
from market.dictionary.fields import Kind
from market.dictionary.tables import table

CANDLES = table("candles_1s")
ROW = {field.name: None for field in CANDLES.fields} | {
    "market": "binance-spot",
    "symbol": "BTCUSDT",
    "window_start": datetime(2024, 8, 8, 23, 54, 13, tzinfo=UTC),
    "high": Decimal("61838.10000000"),
    "trade_count": 7,
    "vwap": 61837.5,
    "revision": 1,
    "is_final": True,
}


def test_the_id_names_market_symbol_interval_and_start() -> None:
    assert document_id(CANDLES, ROW) == "binance-spot|BTCUSDT|1s|2024-08-08T23:54:13Z"


def test_each_kind_has_the_type_that_the_streams_give_it() -> None:
    made = document(CANDLES, ROW)
    assert (made["high"], type(made["high"])) == (Decimal128("61838.10000000"), Decimal128)
    assert (made["trade_count"], type(made["trade_count"])) == (7, Int64)
    assert (made["revision"], type(made["revision"])) == (1, int)
    assert (made["vwap"], made["is_final"]) == (61837.5, True)
    assert made["window_start"] == ROW["window_start"]


def test_a_document_holds_every_column_unknown_ones_as_null() -> None:
    made = document(CANDLES, ROW)
    assert list(made) == ["_id", *(field.name for field in CANDLES.fields)]
    longs = [field.name for field in CANDLES.fields if field.kind is Kind.LONG]
    assert {made[name] for name in longs if name != "trade_count"} == {None}
