"""Names that a namespace gives, and numbers that can be times."""

import pytest

from market.dictionary.event_times import (
    FIRST_EVENT_TIME_MS,
    LAST_EVENT_TIME_MS,
    check_event_time_ms,
)
from market.dictionary.names import Namespace, check_symbol, window_id
from market.errors import MalformedRecordError, UnknownNameError


def test_the_empty_namespace_is_the_products_own() -> None:
    own = Namespace()
    assert own.topic("trades") == "trades"
    assert own.database() == "live"
    assert own.layer("bronze") == "bronze"
    assert own.job("candles") == "candles"


def test_a_namespace_prefixes_everything_that_its_pipeline_owns() -> None:
    check = Namespace("check_1")
    assert check.topic("trades") == "check_1.trades"
    assert check.database() == "check_1_live"
    assert check.layer("silver") == "check_1_silver"
    assert check.job("candles") == "check_1.candles"


@pytest.mark.parametrize("prefix", ["1st", "Check", "a-b", "a.b", "x" * 32])
def test_a_namespace_that_a_store_could_not_take_is_refused(prefix: str) -> None:
    with pytest.raises(UnknownNameError, match="expected"):
        Namespace(prefix)


def test_an_unknown_layer_is_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match="'platinum'"):
        Namespace().layer("platinum")


def test_a_window_has_one_document_key() -> None:
    key = window_id("binance-spot", "BTCUSDT", "1s", "2024-08-08T23:54:15Z")
    assert key == "binance-spot|BTCUSDT|1s|2024-08-08T23:54:15Z"


@pytest.mark.parametrize(
    "symbol", ["BTCUSDT", "币安人生USDT", "1INCHUSDT", "4USDT", "BTCUSDT_260327", "BTCUSD_PERP"]
)
def test_a_symbol_has_letters_and_digits_of_any_script(symbol: str) -> None:
    assert check_symbol(symbol) == symbol


@pytest.mark.parametrize("symbol", ["btcusdt", "BTC'; DROP", "BTC USDT", "BTC|USDT", "", "A" * 41])
def test_what_could_be_taken_for_something_else_is_no_symbol(symbol: str) -> None:
    with pytest.raises(UnknownNameError, match="expected upper-case letters and digits"):
        check_symbol(symbol)


def test_milliseconds_of_this_century_pass_unchanged() -> None:
    for time_ms in (FIRST_EVENT_TIME_MS, 1_764_000_000_500, LAST_EVENT_TIME_MS - 1):
        assert check_event_time_ms(time_ms) == time_ms


@pytest.mark.parametrize(
    ("time_ms", "words"),
    [
        (1_764_000_000_500_123, "microseconds"),
        (1_764_000_000_500_123_456, "nanoseconds"),
        (1_764_000_000, "seconds"),
        (0, "found 0"),
        (-1, "found -1"),
        (FIRST_EVENT_TIME_MS - 1, "2009"),
        (LAST_EVENT_TIME_MS, "2099"),
    ],
)
def test_a_time_of_another_unit_is_refused_by_name(time_ms: int, words: str) -> None:
    with pytest.raises(MalformedRecordError, match=words) as refused:
        check_event_time_ms(time_ms, "T")
    assert refused.value.reason == "bad_time"
    assert "T: expected" in str(refused.value)
