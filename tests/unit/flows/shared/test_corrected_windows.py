"""A correction's ranges, its statements with a place for every column, and its documents."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from bson.decimal128 import Decimal128
from bson.int64 import Int64

from flows.shared.config import FlowConfig, read_config
from flows.shared.corrected_windows import (
    Correction,
    document,
    document_id,
    live_statement,
    merge_statements,
    summed,
)
from flows.shared.correction import MAX_RANGES, batches
from market.dictionary.fields import Kind
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS, table
from market.touched_ranges import DAY_MS, MINUTE_MS, TouchedRange
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

MIDNIGHT_MS = 1_700_006_400_000


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


def touched(start_ms: int, symbol: str = "BTCUSDT", length_ms: int = MINUTE_MS) -> TouchedRange:
    start_ms += MIDNIGHT_MS
    return TouchedRange("binance-spot", symbol, start_ms, start_ms + length_ms)


def test_a_job_gets_the_ranges_of_one_day_of_all_symbols() -> None:
    ranges = [touched(DAY_MS), touched(0), touched(0, "ETHUSDT"), touched(-MINUTE_MS)]
    assert list(batches(ranges)) == [
        [touched(-MINUTE_MS)],
        [touched(0), touched(0, "ETHUSDT")],
        [touched(DAY_MS)],
    ]


def test_a_job_gets_no_more_ranges_than_fit_its_arguments() -> None:
    ranges = [touched(2 * MINUTE_MS * number) for number in range(MAX_RANGES + 1)]
    assert [len(part) for part in batches(ranges)] == [MAX_RANGES, 1]


def test_no_touched_range_means_no_job() -> None:
    assert list(batches([])) == []


def test_corrections_add_up_by_table_and_symbol() -> None:
    merged = Correction("candles_1s", "binance-spot", "BTCUSDT", unchanged=3, corrected=1)
    written = Correction("candles_1s", "binance-spot", "BTCUSDT", documents=2)
    other = Correction("candles_1m", "binance-spot", "BTCUSDT", surplus=1)
    together = Correction(
        "candles_1s", "binance-spot", "BTCUSDT", unchanged=3, corrected=1, documents=2
    )
    assert summed([merged, other, written]) == [together, other]


@pytest.mark.parametrize("name", ["corrected", "inserted", "withdrawn", "documents"])
def test_what_was_written_is_a_change(name: str) -> None:
    assert Correction("candles_1s", "binance-spot", "BTCUSDT", **{name: 1}).is_change


@pytest.mark.parametrize("name", ["unchanged", "surplus"])
def test_what_was_left_alone_is_no_change(name: str) -> None:
    assert not Correction("candles_1s", "binance-spot", "BTCUSDT", **{name: 1}).is_change
