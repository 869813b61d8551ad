"""A correction's statements give every column its place; its documents are those of streams."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64

from flows.shared.config import FlowConfig, read_config
from flows.shared.corrected_windows import document, document_id, live_statement, merge_statements
from market.dictionary.fields import Kind
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS, table
from market.touched_ranges import TouchedRange
from stack.settings import read_settings

RANGES = [
    TouchedRange("binance-spot", "BTCUSDT", 1_700_006_400_000, 1_700_006_460_000),
    TouchedRange("binance-spot", "O'USDT", 1_700_006_520_000, 1_700_006_580_000),
]
PASSED = {"binance-spot": 1_700_006_580_000}
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


@pytest.fixture
def config() -> FlowConfig:
    return read_config(read_settings({"TIDEMARK_NAMESPACE": "check"}).flow_environment())


def statements(config: FlowConfig, wanted: Table, *, without_stream: bool = False) -> str:
    both = merge_statements(
        config,
        wanted,
        "staging_7",
        RANGES,
        passed=PASSED,
        without_stream=without_stream,
        computed_at_ms=5,
    )
    return "\n".join(both)


def compared(text: str) -> set[str]:
    return set(re.findall(r'"(\w+)" IS DISTINCT FROM', text))


@pytest.mark.parametrize("wanted", WINDOWS, ids=lambda one: one.name)
def test_windows_are_compared_by_every_value_but_those_that_a_correction_makes(
    wanted: Table, config: FlowConfig
) -> None:
    made = {*wanted.key, "revision", "late_trades", "computed_at_ms"}
    names = {field.name for field in wanted.fields}
    assert compared(statements(config, wanted)) == names - made


@pytest.mark.parametrize("wanted", WINDOWS, ids=lambda one: one.name)
def test_documents_are_compared_by_every_value_but_the_clock(
    wanted: Table, config: FlowConfig
) -> None:
    names = {field.name for field in wanted.fields} - {*wanted.key, "computed_at_ms"}
    assert compared(live_statement(config, wanted, RANGES, PASSED)) == names


def test_only_a_row_that_a_gap_alone_makes_can_go(config: FlowConfig) -> None:
    candles, books = (statements(config, table(name)) for name in ("candles_1s", "liquidity_1s"))
    assert "is_made IS NULL AND kept_trade_count = 0 THEN 'withdrawn'" in candles
    assert "is_made IS NULL AND FALSE THEN 'withdrawn'" in books


def test_windows_that_the_stream_has_not_passed_are_left_unless_there_is_none(
    config: FlowConfig,
) -> None:
    wanted = table("candles_1m")
    assert "WHERE FALSE OR staged.window_end <= passed.until" in statements(config, wanted)
    assert "WHERE TRUE OR" in statements(config, wanted, without_stream=True)


def test_ranges_are_written_as_literals(config: FlowConfig) -> None:
    text = statements(config, table("candles_1m"))
    assert (
        "('binance-spot', 'O''USDT', TIMESTAMP '2023-11-15 00:02:00 UTC', "
        "TIMESTAMP '2023-11-15 00:03:00 UTC')" in text
    )


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
