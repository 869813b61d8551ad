"""Spot's REST endpoints: their weights and their answers from the exchange's state.

Pure. USD-M shares the look-ups and writes them in its own form (`simulator.binance.usdm_answers`).
An answer holds only what has happened up to the replay's position.
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

_TICKER_WEIGHTS = ((20, 2), (100, 40), (math.inf, 80))
_DEPTH_WEIGHTS = ((100, 5), (500, 25), (1000, 50), (5000, 250))


@dataclass(frozen=True, slots=True)
class Query:
    """One request.

    Attributes:
        now_ms: the exchange's time.
        time_unit: 1 for milliseconds, 1000 for microseconds in the answer.
        weight_limit: per minute, as exchangeInfo reports it.
        is_stale: show the book that was kept.
    """

    exchange: Exchange
    parameters: Parameters
    now_ms: int
    time_unit: int
    weight_limit: int = WEIGHT_PER_MINUTE
    is_stale: bool = False

    def book(self, limit: int) -> BookView:
        """Return the best levels of the requested symbol."""
        return self.exchange.book(self.parameters.symbol(), limit, is_stale=self.is_stale)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path: its weight, its answer, and whether it needs an API key."""

    weight: Callable[[Parameters], int]
    answer: Callable[[Query], object]
    keyed: bool = False


def _ping(_query: Query) -> object:
    return {}


def _time(query: Query) -> object:
    return {"serverTime": query.now_ms * query.time_unit}


def _exchange_info(query: Query) -> object:
    rules = query.exchange.rules
    names = query.parameters.symbols()
    for name in names or ():
        query.exchange.history(name)
    return {
        "timezone": "UTC",
        "serverTime": query.now_ms * query.time_unit,
        "rateLimits": [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": query.weight_limit,
            },
        ],
        "exchangeFilters": [],
        "symbols": [rules[name].exchange_info() for name in names or rules],
        "sors": [],
    }


def _depth(query: Query) -> object:
    view = query.book(query.parameters.limit(100, 5000))
    return {"lastUpdateId": view.last_update_id, "bids": view.bids, "asks": view.asks}


def _trades(query: Query) -> object:
    return [trade.rest_row(query.time_unit) for trade in latest_trades(query)]


def _historical_trades(query: Query) -> object:
    return [trade.rest_row(query.time_unit) for trade in historical_trades(query)]


def _aggregate_trades(query: Query) -> object:
    return [aggregate.rest_row(query.time_unit) for aggregate in aggregate_trades(query)]


def _klines(query: Query) -> object:
    interval_ms = query.parameters.interval_ms()
    return [candle.rest_row(interval_ms, query.time_unit) for candle in klines(query, 1000)]


def _tickers(query: Query) -> object:
    is_mini = query.parameters.one_of("type", ("FULL", "MINI"), "FULL") == "MINI"
    names = query.parameters.symbols() or list(query.exchange.rules)
    histories = [query.exchange.history(name) for name in names]
    when = (query.now_ms, query.time_unit)
    rows = [
        mini_row(name, history, *when)
        if is_mini
        else full_row(name, history, query.exchange.best(name), *when)
        for name, history in zip(names, histories, strict=True)
    ]
    return rows[0] if query.parameters.has("symbol") else rows


def latest_trades(query: Query) -> list[Trade]:
    """Return the newest trades of a symbol."""
    history = query.exchange.history(query.parameters.symbol())
    return history.latest_trades(query.parameters.limit(500, 1000))


def historical_trades(query: Query) -> list[Trade]:
    """Return the trades of a symbol from ``fromId`` on; the newest without it."""
    history = query.exchange.history(query.parameters.symbol())
    limit = query.parameters.limit(500, 1000)
    from_id = query.parameters.integer("fromId")
    return history.latest_trades(limit) if from_id is None else history.trades_from(from_id, limit)


def aggregate_trades(query: Query) -> list[AggregateTrade]:
    """Return the aggregates of a symbol by id or by time.

    Raises:
        ApiError: -1128 when both were sent.
    """
    parameters = query.parameters
    history = query.exchange.history(parameters.symbol())
    limit = parameters.limit(500, 1000)
    from_id = parameters.integer("fromId")
    start_ms, end_ms = parameters.instant_ms("startTime"), parameters.instant_ms("endTime")
    parameters.refuse_both("fromId", "startTime", "endTime")
    if from_id is not None:
        return history.aggregates_from(from_id, limit)
    return history.aggregates_between(start_ms, end_ms, limit)


def klines(query: Query, most: int) -> list[Candle]:
    """Return the candles of a symbol: the oldest from ``startTime``, else the newest."""
    parameters = query.parameters
    history = query.exchange.history(parameters.symbol())
    interval_ms, limit = parameters.interval_ms(), parameters.limit(500, most)
    start_ms, end_ms = parameters.instant_ms("startTime"), parameters.instant_ms("endTime")
    last_ms = query.now_ms if end_ms is None else min(end_ms, query.now_ms)
    current_ms = last_ms - last_ms % interval_ms
    if start_ms is None:
        start_ms = current_ms - (limit - 1) * interval_ms
    return history.first_candles(interval_ms, start_ms, current_ms + interval_ms, limit)


def _depth_weight(parameters: Parameters) -> int:
    limit = parameters.limit(100, 5000)
    return next(weight for most, weight in _DEPTH_WEIGHTS if limit <= most)


def _tickers_weight(parameters: Parameters) -> int:
    names = parameters.symbols()
    count = math.inf if names is None else len(names)
    return next(weight for most, weight in _TICKER_WEIGHTS if count <= most)


def fixed(weight: int) -> Callable[[Parameters], int]:
    """Return a weight that does not depend on parameters."""
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
