"""What red suites keep out of gold."""

from datetime import date

import pytest

from flows.shared import gold
from flows.shared.gold import Scope, Withheld, publishable, roll_up_day, withheld
from market.dictionary.names import Namespace
from market.dictionary.tables import table
from stores.trino import Result

DAY = date(2023, 11, 15)
SCOPE = Scope("http://trino", Namespace("check"), [], 0)


def red(symbol: str = "BTCUSDT", market: str = "binance-spot") -> Withheld:
    return Withheld(DAY, market, symbol, "silver.candles_1m", "prices_in_order", 2)


def test_the_newest_results_of_the_day_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def query(url: str, text: str) -> Result:
        asked.append(text)
        return Result([], [["binance-spot", "BTCUSDT", "silver.candles_1m", "prices_in_order", 2]])

    monkeypatch.setattr(gold, "query", query)
    assert withheld(SCOPE, DAY) == [red()]
    assert "lake.check_ops.quality_results" in asked[0]
    assert "TIMESTAMP '2023-11-15 00:00:00 UTC'" in asked[0]


def test_without_a_red_result_everything_is_published() -> None:
    assert publishable(SCOPE, []) == SCOPE


def test_a_red_symbol_is_kept_out_in_its_own_market_only() -> None:
    left = publishable(SCOPE, [red(), red(), red("ETHUSDT", "binance-usdm")])
    assert left is not None
    assert left.withheld == ("binance-spot|BTCUSDT", "binance-usdm|ETHUSDT")


def test_a_result_that_concerns_every_symbol_keeps_the_day_out() -> None:
    assert publishable(SCOPE, [red(), red("")]) is None


def test_a_kept_out_symbol_is_in_neither_half_of_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def query(url: str, text: str) -> Result:
        asked.append(text)
        return Result([], [[1, 1, 0]])

    monkeypatch.setattr(gold, "query", query)
    left = publishable(SCOPE, [red()])
    assert left is not None
    roll_up_day(left, table("correlations"), DAY)
    assert len(asked) == 2
    for text in asked:
        assert "market || '|' || symbol NOT IN ('binance-spot|BTCUSDT')" in text
        assert "market || '|' || other_symbol NOT IN ('binance-spot|BTCUSDT')" in text


def test_a_withheld_day_says_why() -> None:
    assert str(red()) == (
        "2023-11-15 of binance-spot BTCUSDT: prices_in_order of silver.candles_1m is red for 2 rows"
    )
    assert "every symbol" in str(red(""))
