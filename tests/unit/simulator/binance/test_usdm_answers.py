import pytest

from simulator.binance.rest_answers import Query
from simulator.binance.rest_parameters import Parameters
from simulator.binance.usdm_answers import USDM_ENDPOINTS
from simulator.engine.exchange import Exchange
from simulator.engine.symbols import usdm_rules
from simulator.errors import ApiError
from tests.support.simulated_exchange import START_MS, trade_frame

NOW_MS = START_MS + 200_000


@pytest.fixture
def exchange():
    exchange = Exchange([usdm_rules("BTCUSDT", 2, 3)], None)
    for number in range(1, 2001):
        exchange.record(trade_frame(number, START_MS + 100 * number))
    return exchange


def _answer(exchange, endpoint, **parameters):
    values = {name: str(value) for name, value in parameters.items()}
    return USDM_ENDPOINTS[endpoint].answer(Query(exchange, Parameters(values), NOW_MS, 1))


def _code(exchange, endpoint, **parameters):
    with pytest.raises(ApiError) as caught:
        _answer(exchange, endpoint, **parameters)
    return caught.value.code


def _weight(endpoint, **parameters):
    values = {name: str(value) for name, value in parameters.items()}
    return USDM_ENDPOINTS[endpoint].weight(Parameters(values))


def test_numbers_have_the_symbols_decimals_and_no_spot_fields(exchange):
    (row,) = _answer(exchange, "trades", symbol="BTCUSDT", limit=1)
    assert row == {
        "id": 2000,
        "price": "61837.63",
        "qty": "0.020",
        "quoteQty": "1236.75260",
        "time": NOW_MS,
        "isBuyerMaker": True,
    }
    (aggregate,) = _answer(exchange, "aggTrades", symbol="BTCUSDT", fromId=7, limit=1)
    assert aggregate.keys() == {"a", "p", "q", "nq", "f", "l", "T", "m"}
    assert (aggregate["q"], aggregate["nq"]) == ("0.020", "0.020")
    (kline,) = _answer(exchange, "klines", symbol="BTCUSDT", interval="1m", limit=1)
    assert (len(kline), kline[1]) == (12, "61837.63")


def test_history_is_paged_by_id(exchange):
    rows = _answer(exchange, "historicalTrades", symbol="BTCUSDT", fromId=42, limit=3)
    assert [row["id"] for row in rows] == [42, 43, 44]


def test_exchange_info_has_the_filters_of_futures(exchange):
    info = _answer(exchange, "exchangeInfo")
    (symbol,) = info["symbols"]
    filters = {each["filterType"]: each for each in symbol["filters"]}
    assert info["futuresType"] == "U_MARGINED"
    assert symbol["contractType"] == "PERPETUAL"
    assert filters["PRICE_FILTER"]["tickSize"] == "0.10"
    assert filters["LOT_SIZE"]["stepSize"] == "0.001"
    assert filters["MIN_NOTIONAL"]["notional"] == "50"


def test_a_ticker_gives_the_newest_id_with_the_symbols_decimals(exchange):
    row = _answer(exchange, "ticker/24hr", symbol="BTCUSDT")
    assert _answer(exchange, "ticker/24hr") == [row]
    assert (row["lastId"], row["closeTime"], row["lastPrice"]) == (2000, NOW_MS, "61837.63")
    assert not row.keys() & {"bidPrice", "prevClosePrice"}
    assert _code(exchange, "ticker/24hr", symbol="NOSUCH") == -1121


def test_wrong_parameters_have_the_codes_of_futures(exchange):
    assert _code(exchange, "depth", symbol="BTCUSDT", limit=7) == -4021
    assert _code(exchange, "depth", symbol="BTCUSDT", limit=5000) == -4021
    assert _code(exchange, "depth", symbol="NOSUCH") == -1121
    assert _code(exchange, "klines", symbol="BTCUSDT", interval="1s") == -1120
    assert _code(exchange, "klines", symbol="BTCUSDT", interval="1m", limit=1501) == -1130
    days_ago_ms = NOW_MS - 49 * 3_600_000
    assert _code(exchange, "aggTrades", symbol="BTCUSDT", startTime=days_ago_ms) == -4166


@pytest.mark.parametrize(
    ("endpoint", "parameters", "weight"),
    [
        ("depth", {}, 1),
        ("depth", {"limit": 5}, 2),
        ("depth", {"limit": 50}, 2),
        ("depth", {"limit": 100}, 5),
        ("depth", {"limit": 500}, 10),
        ("depth", {"limit": 1000}, 20),
        ("klines", {}, 5),
        ("klines", {"limit": 100}, 1),
        ("klines", {"limit": 500}, 2),
        ("klines", {"limit": 1000}, 5),
        ("klines", {"limit": 1500}, 10),
        ("trades", {}, 5),
        ("historicalTrades", {}, 200),
        ("aggTrades", {}, 20),
        ("exchangeInfo", {}, 1),
        ("ticker/24hr", {"symbol": "BTCUSDT"}, 1),
        ("ticker/24hr", {}, 40),
    ],
)
def test_calls_cost_what_futures_charge(endpoint, parameters, weight):
    assert _weight(endpoint, **parameters) == weight
