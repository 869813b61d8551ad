"""The statements of a correction: every column has its place, for every table of windows."""

import re

import pytest

from flows.shared.config import FlowConfig, read_config
from flows.shared.corrected_windows import live_statement, merge_statements
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS, table
from market.touched_ranges import TouchedRange
from stack.settings import read_settings

RANGES = [
    TouchedRange("binance-spot", "BTCUSDT", 1_700_006_400_000, 1_700_006_460_000),
    TouchedRange("binance-spot", "O'USDT", 1_700_006_520_000, 1_700_006_580_000),
]
PASSED = {"binance-spot": 1_700_006_580_000}


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
