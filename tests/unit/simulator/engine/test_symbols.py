"""Symbols of any recorded market get rules; what no exchange writes is refused."""

import pytest

from simulator.engine.symbols import symbol_rules
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
def test_a_symbol_is_split_into_base_and_quote(symbol: str, base: str, quote: str) -> None:
    rules = symbol_rules(symbol)
    assert (rules.symbol, rules.base, rules.quote) == (symbol, base, quote)


@pytest.mark.parametrize("symbol", ["btcusdt", "BTC_USDT", "", "B", "X" * 21])
def test_a_name_that_no_exchange_uses_is_refused(symbol: str) -> None:
    with pytest.raises(SimulatorError, match=f"symbol '{symbol}': expected 2 to 20 letters"):
        symbol_rules(symbol)
