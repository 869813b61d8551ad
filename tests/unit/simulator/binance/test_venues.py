import pytest

from simulator.binance.venues import (
    Market,
    address_of,
    category_of_path,
    stream_name,
    usdm_category,
)


@pytest.mark.parametrize(
    "stream",
    [
        "btcusdt@bookTicker",
        "!bookTicker",
        "btcusdt@depth",
        "btcusdt@depth@100ms",
        "btcusdt@depth20@500ms",
        "btcusdt@rpiDepth@500ms",
        "btcusdt@trade",
    ],
)
def test_books_and_trades_of_usdm_are_public(stream):
    assert usdm_category(stream) == "public"


@pytest.mark.parametrize(
    "stream",
    [
        "btcusdt@aggTrade",
        "btcusdt@markPrice@1s",
        "!markPrice@arr@1s",
        "btcusdt@kline_1m",
        "btcusdt_perpetual@continuousKline_1m",
        "!ticker@arr",
        "!forceOrder@arr",
        "!contractInfo",
        "tradingSession",
    ],
)
def test_what_is_derived_from_them_is_on_the_market_path(stream):
    assert usdm_category(stream) == "market"


def test_addresses_of_one_symbol_on_two_markets_differ():
    assert address_of(Market.SPOT, "btcusdt@trade") == "btcusdt@trade"
    assert address_of(Market.USDM, "btcusdt@trade") == "public/btcusdt@trade"
    assert stream_name("public/btcusdt@trade") == stream_name("btcusdt@trade") == "btcusdt@trade"


def test_the_category_is_the_first_part_of_a_usdm_path():
    assert category_of_path("/private/ws/key") == "private"
    assert category_of_path("/market/stream") == "market"
    assert category_of_path("/ws/public") == category_of_path("/stream") == ""
