import json

import pytest

from simulator.binance.rest_answers import ENDPOINTS, Query
from simulator.binance.rest_parameters import Parameters
from simulator.engine.exchange import Exchange
from simulator.engine.symbols import symbol_rules
from simulator.errors import ApiError
from tests.support.simulated_exchange import START_MS, trade_frame


@pytest.fixture
def exchange():
    exchange = Exchange([symbol_rules("BTCUSDT"), symbol_rules("ETHUSDT")], None)
    for number in range(1, 2001):
        exchange.record(trade_frame(number, START_MS + 100 * number))
    return exchange


def _answer(exchange, endpoint, time_unit=1, **parameters):
    values = {name: str(value) for name, value in parameters.items()}
    query = Query(exchange, Parameters(values), START_MS + 200_000, time_unit)
    return ENDPOINTS[endpoint].answer(query)


def _code(exchange, endpoint, **parameters):
    with pytest.raises(ApiError) as caught:
        _answer(exchange, endpoint, **parameters)
    return caught.value.code


def test_time_is_the_exchanges(exchange):
    assert _answer(exchange, "time") == {"serverTime": START_MS + 200_000}
    assert _answer(exchange, "time", time_unit=1000) == {"serverTime": (START_MS + 200_000) * 1000}


def test_trades_have_the_documented_fields(exchange):
    (row,) = _answer(exchange, "trades", symbol="BTCUSDT", limit=1)
    assert row == {
        "id": 2000,
        "price": "61837.63000000",
        "qty": "0.02000000",
        "quoteQty": "1236.75260000",
        "time": START_MS + 200_000,
        "isBuyerMaker": True,
        "isBestMatch": True,
    }


def test_history_is_paged_by_id_with_500_rows_by_default_and_1000_at_most(exchange):
    assert [
        row["id"] for row in _answer(exchange, "historicalTrades", symbol="BTCUSDT", fromId=42)
    ][::499] == [42, 541]
    rows = _answer(exchange, "historicalTrades", symbol="BTCUSDT", fromId=1, limit=5000)
    assert len(rows) == 1000
    assert _answer(exchange, "historicalTrades", symbol="BTCUSDT", fromId=2001) == []


def test_aggregates_come_by_id_or_by_time_but_not_by_both(exchange):
    by_id = _answer(exchange, "aggTrades", symbol="BTCUSDT", fromId=7, limit=1)
    by_time = _answer(exchange, "aggTrades", symbol="BTCUSDT", startTime=START_MS + 700, limit=1)
    assert by_id == by_time
    assert by_id[0] | {"q": None} == {
        "a": 7,
        "p": "61837.63000000",
        "q": None,
        "f": 7,
        "l": 7,
        "T": START_MS + 700,
        "m": True,
        "M": True,
    }
    assert _code(exchange, "aggTrades", symbol="BTCUSDT", fromId=7, startTime=1) == -1128


def test_microseconds_are_accepted_as_bounds(exchange):
    rows = _answer(exchange, "aggTrades", symbol="BTCUSDT", startTime=(START_MS + 700) * 1000)
    assert rows[0]["a"] == 7


def test_klines_end_with_the_candle_of_the_exchanges_time(exchange):
    rows = _answer(exchange, "klines", symbol="BTCUSDT", interval="1m")
    assert rows[-1][0] <= START_MS + 200_000 < rows[-1][6]
    assert sum(row[8] for row in rows) == 2000
    assert _answer(exchange, "klines", symbol="BTCUSDT", interval="1m", limit=2) == rows[-2:]


def test_klines_of_a_range_are_the_oldest_from_its_start(exchange):
    all_rows = _answer(exchange, "klines", symbol="BTCUSDT", interval="1s")
    start_ms = all_rows[5][0]
    rows = _answer(exchange, "klines", symbol="BTCUSDT", interval="1s", startTime=start_ms, limit=3)
    assert rows == all_rows[5:8]
    bounded = _answer(
        exchange,
        "klines",
        symbol="BTCUSDT",
        interval="1s",
        startTime=start_ms,
        endTime=all_rows[6][0],
    )
    assert bounded == all_rows[5:7]


def test_exchange_info_lists_all_symbols_or_the_requested_ones(exchange):
    def names(**parameters):
        info = _answer(exchange, "exchangeInfo", **parameters)
        return [entry["symbol"] for entry in info["symbols"]]

    assert names() == ["BTCUSDT", "ETHUSDT"]
    assert names(symbol="ETHUSDT") == ["ETHUSDT"]
    assert names(symbols='["ETHUSDT","BTCUSDT"]') == ["ETHUSDT", "BTCUSDT"]
    assert _code(exchange, "exchangeInfo", symbols='["XRPUSDT"]') == -1121
    assert _code(exchange, "exchangeInfo", symbol="BTCUSDT", symbols="[]") == -1128
    assert _code(exchange, "exchangeInfo", symbols="BTCUSDT") == -1100


def test_wrong_parameters_have_the_exchanges_codes(exchange):
    assert _code(exchange, "trades") == -1102
    assert _code(exchange, "trades", symbol="") == -1102
    assert _code(exchange, "trades", symbol="btcusdt") == -1100
    assert _code(exchange, "trades", symbol="NOSUCH") == -1121
    assert _code(exchange, "trades", symbol="BTCUSDT", limit=0) == -1130
    assert _code(exchange, "trades", symbol="BTCUSDT", limit="many") == -1100
    assert _code(exchange, "historicalTrades", symbol="BTCUSDT", fromId=-3) == -1100
    assert _code(exchange, "klines", symbol="BTCUSDT") == -1102
    assert _code(exchange, "klines", symbol="BTCUSDT", interval="7m") == -1120


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({}, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        (
            {"symbol": "btcusdt"},
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        ),
        (
            {"symbol": "BTCUSDT", "fromId": "first"},
            "Illegal characters found in parameter 'fromId'; legal range is '^[0-9]{1,19}$'.",
        ),
        ({"symbol": "BTCUSDT", "limit": 0}, "Data sent for parameter 'limit' is not valid."),
        (
            {"symbol": "BTCUSDT", "fromId": 7, "endTime": 1},
            "Combination of optional parameters invalid.",
        ),
        ({"symbol": "NOSUCH"}, "Invalid symbol."),
    ],
)
def test_wrong_parameters_have_the_exchanges_texts(exchange, parameters, text):
    with pytest.raises(ApiError) as caught:
        _answer(exchange, "aggTrades", **parameters)
    assert caught.value.message == text


def test_a_book_that_was_not_recorded_is_an_error(exchange):
    assert _code(exchange, "depth", symbol="BTCUSDT") == -1112
    assert _code(exchange, "depth", symbol="NOSUCH") == -1121


@pytest.mark.parametrize(
    ("limit", "weight"),
    [(1, 5), (100, 5), (101, 25), (500, 25), (1000, 50), (5000, 250), (9000, 250)],
)
def test_depth_costs_by_its_limit(limit, weight):
    assert ENDPOINTS["depth"].weight(Parameters({"limit": str(limit)})) == weight


def test_a_ticker_counts_the_trades_that_the_market_has_made(exchange):
    row = _answer(exchange, "ticker/24hr", symbol="BTCUSDT")
    assert (row["firstId"], row["lastId"], row["count"]) == (1, 2000, 2000)
    assert row["closeTime"] - row["openTime"] == 86_400_000
    assert row["closeTime"] == START_MS + 200_000
    assert (row["weightedAvgPrice"], row["volume"]) == ("61837.63000000", "40.00000000")
    assert row.keys() >= {"prevClosePrice", "priceChangePercent", "bidPrice", "askQty"}


def test_a_symbol_without_trades_has_no_newest_id(exchange):
    row = _answer(exchange, "ticker/24hr", symbol="ETHUSDT")
    assert (row["firstId"], row["lastId"], row["count"]) == (-1, -1, 0)
    assert (row["lastPrice"], row["weightedAvgPrice"]) == ("0.00000000", "0.00000000")


def test_tickers_are_given_for_a_list_for_all_symbols_and_in_short(exchange):
    def names(**parameters):
        return [row["symbol"] for row in _answer(exchange, "ticker/24hr", **parameters)]

    assert names() == ["BTCUSDT", "ETHUSDT"]
    assert names(symbols='["ETHUSDT","BTCUSDT"]', type="MINI") == ["ETHUSDT", "BTCUSDT"]
    (mini,) = _answer(exchange, "ticker/24hr", symbols='["BTCUSDT"]', type="MINI")
    assert set(mini) == {
        *("symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume"),
        *("openTime", "closeTime", "firstId", "lastId", "count"),
    }


def test_an_unknown_symbol_refuses_the_whole_list_of_tickers(exchange):
    assert _code(exchange, "ticker/24hr", symbols='["BTCUSDT","NOSUCH"]') == -1121
    assert _code(exchange, "ticker/24hr", symbols="[]") == -1100
    assert _code(exchange, "ticker/24hr", type="SHORT") == -1130


@pytest.mark.parametrize(("count", "weight"), [(1, 2), (20, 2), (21, 40), (100, 40), (101, 80)])
def test_tickers_cost_by_the_number_of_symbols(count, weight):
    symbols = json.dumps([f"A{number}USDT" for number in range(count)])
    assert ENDPOINTS["ticker/24hr"].weight(Parameters({"symbols": symbols})) == weight
    assert ENDPOINTS["ticker/24hr"].weight(Parameters({})) == 80
    assert ENDPOINTS["ticker/24hr"].weight(Parameters({"symbol": "BTCUSDT"})) == 2
