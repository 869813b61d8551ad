"""Rules for symbols of any recorded market, and exact numbers."""

import pytest

from simulator.binance.venues import Market
from simulator.engine.decimals import from_e8, from_e16, places_of, to_e8, wire_form
from simulator.engine.symbols import (
    MOST_MADE_UP,
    made_up_symbols,
    perpetual_rules,
    symbol_rules,
)
from simulator.errors import SimulatorError


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTCUSDT", "BTC", "USDT"),
        ("ETHBTC", "ETH", "BTC"),
        ("1000SATSFDUSD", "1000SATS", "FDUSD"),
        ("SOLBRL", "SOL", "BRL"),
        ("币安人生USDT", "币安人生", "USDT"),
    ],
)
def test_a_symbol_is_split_into_base_and_quote(symbol, base, quote):
    rules = symbol_rules(symbol)
    assert (rules.symbol, rules.base, rules.quote) == (symbol, base, quote)


@pytest.mark.parametrize("symbol", ["btcusdt", "BTC_USDT", "", "B", "X" * 21])
def test_a_name_that_no_exchange_uses_is_refused(symbol):
    with pytest.raises(SimulatorError, match=f"symbol '{symbol}': expected 2 to 20 letters"):
        symbol_rules(symbol)


def test_made_up_symbols_begin_with_the_busiest_and_never_repeat():
    names = made_up_symbols(500)
    assert names[:2] == ("BTCUSDT", "ETHUSDT")
    assert len(set(names)) == 500
    assert made_up_symbols(3) == names[:3]
    assert made_up_symbols(0) == ()


def test_every_made_up_name_is_a_symbol_of_both_markets():
    for name in made_up_symbols(MOST_MADE_UP):
        assert symbol_rules(name).quote == "USDT"
        assert perpetual_rules(name).market is Market.USDM


def test_the_number_of_symbols_is_bounded():
    assert len(made_up_symbols(10**9)) == MOST_MADE_UP


def test_a_perpetual_is_on_spots_grid_unless_it_is_known_to_have_its_own():
    bitcoin, unknown = perpetual_rules("BTCUSDT"), perpetual_rules("QUIETUSDT")
    assert (bitcoin.price_digits, bitcoin.quantity_digits) == (2, 3)
    assert (bitcoin.tick_e8, bitcoin.step_e8) == (10_000_000, 100_000)
    spot = symbol_rules("QUIETUSDT")
    assert (unknown.tick_e8, unknown.step_e8) == (spot.tick_e8, spot.step_e8)
    assert (unknown.price_digits, unknown.quantity_digits) == (4, 2)


def test_wire_numbers_are_scaled_without_loss():
    assert to_e8("61837.63000000") == 61_837_63000000
    assert to_e8("0.00001000") == 1000
    assert to_e8("7") == 700_000_000


def test_numbers_are_written_with_eight_decimals():
    assert from_e8(1000) == "0.00001000"
    assert from_e8(-150_000_000) == "-1.50000000"


def test_a_product_is_cut_to_eight_decimals():
    assert from_e16(to_e8("0.00000001") * to_e8("0.5")) == "0.00000000"
    assert from_e16(to_e8("61837.63") * to_e8("0.02")) == "1236.75260000"


@pytest.mark.parametrize("text", ["", "-1.0", "1e5", "0.123456789", "1.2.3"])
def test_malformed_numbers_are_refused_with_the_text_found(text):
    with pytest.raises(ValueError, match=r"decimal|invalid literal"):
        to_e8(text)


@pytest.mark.parametrize(
    ("unit", "digits", "count", "text"),
    [
        ("0.01", 8, 8_309_160, b"83091.60000000"),
        ("0.10", 2, 830_916, b"83091.60"),
        ("0.001", 3, 22, b"0.022"),
        ("1", 0, 7, b"7"),
        ("0.00001", 8, 0, b"0.00000000"),
    ],
)
def test_counts_of_a_unit_are_written_with_the_symbols_decimals(unit, digits, count, text):
    assert wire_form(to_e8(unit), digits)(count) == text


@pytest.mark.parametrize(("unit", "places"), [("0.10", 1), ("0.00001", 5), ("1", 0), ("10", 0)])
def test_a_unit_needs_its_decimals_without_trailing_zeros(unit, places):
    assert places_of(to_e8(unit)) == places
