"""Spot's REST endpoints: their weights and their answers from the exchange's state.

Pure. What USD-M asks in the same way is found here too (`simulator.binance.usdm_answers` writes
it). An answer holds only what has happened up to the replay's position.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from simulator.binance.rest_parameters import Parameters
from simulator.binance.tickers import full_row, mini_row
from simulator.binance.weights import WEIGHT_PER_MINUTE
from simulator.engine.aggregates import AggregateTrade
from simulator.engine.book import BookView
from simulator.engine.candles import Candle
from simulator.engine.events import Trade
from simulator.engine.exchange import Exchange
from simulator.errors import ApiError

_TICKER_WEIGHTS = ((20, 2), (100, 40), (math.inf, 80))
_DEPTH_WEIGHTS = ((100, 5), (500, 25), (1000, 50), (5000, 250))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        now_ms: the exchange's time.
        time_unit: 1 for milliseconds, 1000 for microseconds in the answer.
        weight_limit: per minute, as exchangeInfo tells it.
        is_stale: whether a book is to be shown as it was kept.
    """

    exchange: Exchange
    parameters: Parameters
    now_ms: int
    time_unit: int
    weight_limit: int = WEIGHT_PER_MINUTE
    is_stale: bool = False

    def book(self, limit: int) -> BookView:
        """Return the best levels of the symbol that was asked for."""
        return self.exchange.book(self.parameters.symbol(), limit, is_stale=self.is_stale)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path: what it costs, what it answers, and whether it asks for an API key."""

    weight: Callable[[Parameters], int]
    answer: Callable[[Asked], object]
    keyed: bool = False


def _ping(_asked: Asked) -> object:
    return {}


def _time(asked: Asked) -> object:
    return {"serverTime": asked.now_ms * asked.time_unit}


def _exchange_info(asked: Asked) -> object:
    rules = asked.exchange.rules
    names = asked.parameters.symbols()
    for name in names or ():
        asked.exchange.history(name)
    return {
        "timezone": "UTC",
        "serverTime": asked.now_ms * asked.time_unit,
        "rateLimits": [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": asked.weight_limit,
            },
        ],
        "exchangeFilters": [],
        "symbols": [rules[name].exchange_info() for name in names or rules],
        "sors": [],
    }


def _depth(asked: Asked) -> object:
    view = asked.book(asked.parameters.limit(100, 5000))
    return {"lastUpdateId": view.last_update_id, "bids": view.bids, "asks": view.asks}


def _trades(asked: Asked) -> object:
    return [trade.rest_row(asked.time_unit) for trade in latest_trades(asked)]


def _historical_trades(asked: Asked) -> object:
    return [trade.rest_row(asked.time_unit) for trade in historical_trades(asked)]


def _aggregate_trades(asked: Asked) -> object:
    return [aggregate.rest_row(asked.time_unit) for aggregate in aggregate_trades(asked)]


def _klines(asked: Asked) -> object:
    interval_ms = asked.parameters.interval_ms()
    return [candle.rest_row(interval_ms, asked.time_unit) for candle in klines(asked, 1000)]


def _tickers(asked: Asked) -> object:
    is_mini = asked.parameters.one_of("type", ("FULL", "MINI"), "FULL") == "MINI"
    names = asked.parameters.symbols() or list(asked.exchange.rules)
    histories = [asked.exchange.history(name) for name in names]
    told = (asked.now_ms, asked.time_unit)
    rows = [
        mini_row(name, history, *told)
        if is_mini
        else full_row(name, history, asked.exchange.best(name), *told)
        for name, history in zip(names, histories, strict=True)
    ]
    return rows[0] if asked.parameters.has("symbol") else rows


def latest_trades(asked: Asked) -> list[Trade]:
    """Return the newest trades of a symbol."""
    history = asked.exchange.history(asked.parameters.symbol())
    return history.latest_trades(asked.parameters.limit(500, 1000))


def historical_trades(asked: Asked) -> list[Trade]:
    """Return the trades of a symbol from ``fromId`` on; the newest without it."""
    history = asked.exchange.history(asked.parameters.symbol())
    limit = asked.parameters.limit(500, 1000)
    from_id = asked.parameters.integer("fromId")
    return history.latest_trades(limit) if from_id is None else history.trades_from(from_id, limit)


def aggregate_trades(asked: Asked) -> list[AggregateTrade]:
    """Return the aggregates of a symbol by id or by time.

    Raises:
        ApiError: -1128 when both were sent.
    """
    parameters = asked.parameters
    history = asked.exchange.history(parameters.symbol())
    limit = parameters.limit(500, 1000)
    from_id = parameters.integer("fromId")
    start_ms, end_ms = parameters.instant_ms("startTime"), parameters.instant_ms("endTime")
    if from_id is not None and (start_ms is not None or end_ms is not None):
        raise ApiError(-1128, "Combination of optional parameters invalid.")
    if from_id is not None:
        return history.aggregates_from(from_id, limit)
    return history.aggregates_between(start_ms, end_ms, limit)


def klines(asked: Asked, most: int) -> list[Candle]:
    """Return the candles of a symbol: the oldest from ``startTime``, else the newest."""
    parameters = asked.parameters
    history = asked.exchange.history(parameters.symbol())
    interval_ms, limit = parameters.interval_ms(), parameters.limit(500, most)
    start_ms, end_ms = parameters.instant_ms("startTime"), parameters.instant_ms("endTime")
    last_ms = asked.now_ms if end_ms is None else min(end_ms, asked.now_ms)
    current_ms = last_ms - last_ms % interval_ms
    if start_ms is None:
        start_ms = current_ms - (limit - 1) * interval_ms
    return history.first_candles(interval_ms, start_ms, current_ms + interval_ms, limit)


def _depth_weight(parameters: Parameters) -> int:
    limit = parameters.limit(100, 5000)
    return next(weight for most, weight in _DEPTH_WEIGHTS if limit <= most)


def _tickers_weight(parameters: Parameters) -> int:
    names = parameters.symbols()
    asked = math.inf if names is None else len(names)
    return next(weight for most, weight in _TICKER_WEIGHTS if asked <= most)


def fixed(weight: int) -> Callable[[Parameters], int]:
    """Return a weight that no parameter changes."""
    return lambda _parameters: weight


ENDPOINTS = {
    "ping": Endpoint(fixed(1), _ping),
    "time": Endpoint(fixed(1), _time),
    "exchangeInfo": Endpoint(fixed(20), _exchange_info),
    "depth": Endpoint(_depth_weight, _depth),
    "trades": Endpoint(fixed(25), _trades),
    "historicalTrades": Endpoint(fixed(25), _historical_trades),
    "aggTrades": Endpoint(fixed(4), _aggregate_trades),
    "klines": Endpoint(fixed(2), _klines),
    "uiKlines": Endpoint(fixed(2), _klines),
    "ticker/24hr": Endpoint(_tickers_weight, _tickers),
}
"""Every served path below ``/api/v3/``."""
