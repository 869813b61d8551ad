"""USD-M's REST endpoints: their weights and their answers from the exchange's state.

Pure. Aggregates of recorded trades are numbered from 1, since a capture of trades does not contain
the exchange's own aggregate ids.
"""

from simulator.binance.rest_answers import (
    Endpoint,
    Query,
    aggregate_trades,
    fixed,
    historical_trades,
    klines,
    latest_trades,
)
from simulator.binance.rest_parameters import Parameters
from simulator.binance.tickers import usdm_row
from simulator.binance.usdm_rows import aggregate_row, kline_row, symbol_row, trade_row
from simulator.errors import ApiError

DEPTH_WEIGHTS = {5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20}
"""The only limits of ``depth``, with their weights."""
DEPTH_DEFAULT = 500
KLINES_MOST = 1500
AGGREGATES_KEPT_MS = 48 * 3_600_000
_KLINE_WEIGHTS = ((100, 1), (500, 2), (1000, 5), (KLINES_MOST, 10))


def _ping(_query: Query) -> object:
    return {}


def _time(query: Query) -> object:
    return {"serverTime": query.now_ms}


def _exchange_info(query: Query) -> object:
    return {
        "timezone": "UTC",
        "serverTime": query.now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": query.weight_limit,
            },
        ],
        "exchangeFilters": [],
        "assets": [],
        "symbols": [symbol_row(rules) for rules in query.exchange.rules.values()],
    }


def _depth_limit(parameters: Parameters) -> int:
    limit = parameters.integer("limit")
    if limit is not None and limit not in DEPTH_WEIGHTS:
        raise ApiError(-4021, f"Depth limit {limit} is not valid.")
    return DEPTH_DEFAULT if limit is None else limit


def _depth(query: Query) -> object:
    view = query.book(_depth_limit(query.parameters))
    return {
        "lastUpdateId": view.last_update_id,
        "E": query.now_ms,
        "T": view.transaction_time_ms,
        "bids": view.bids,
        "asks": view.asks,
    }


def _trades(query: Query) -> object:
    found = latest_trades(query)
    return [trade_row(trade, query.exchange.rules[trade.symbol]) for trade in found]


def _historical_trades(query: Query) -> object:
    found = historical_trades(query)
    return [trade_row(trade, query.exchange.rules[trade.symbol]) for trade in found]


def _aggregate_trades(query: Query) -> object:
    start_ms = query.parameters.instant_ms("startTime")
    if start_ms is not None and start_ms < query.now_ms - AGGREGATES_KEPT_MS:
        raise ApiError(-4166, "Search window is restricted to recent 48 hours only.")
    found = aggregate_trades(query)
    return [aggregate_row(each, query.exchange.rules[each.symbol]) for each in found]


def _klines(query: Query) -> object:
    parameters = query.parameters
    symbol, interval_ms = parameters.symbol(), parameters.interval_ms("1s")
    parameters.refuse_above("limit", KLINES_MOST)
    candles = klines(query, KLINES_MOST)
    return [kline_row(candle, interval_ms, query.exchange.rules[symbol]) for candle in candles]


def _tickers(query: Query) -> object:
    has_symbol = query.parameters.has("symbol")
    names = [query.parameters.symbol()] if has_symbol else list(query.exchange.rules)
    histories = [(name, query.exchange.history(name)) for name in names]
    rules = query.exchange.rules
    rows = [usdm_row(rules[name], history, query.now_ms) for name, history in histories]
    return rows[0] if has_symbol else rows


def _tickers_weight(parameters: Parameters) -> int:
    return 1 if parameters.has("symbol") else 40


def _depth_weight(parameters: Parameters) -> int:
    if not parameters.has("limit"):
        return 1
    return DEPTH_WEIGHTS[_depth_limit(parameters)]


def _klines_weight(parameters: Parameters) -> int:
    if not parameters.has("limit"):
        return 5
    limit = parameters.limit(DEPTH_DEFAULT, KLINES_MOST)
    return next(weight for most, weight in _KLINE_WEIGHTS if limit <= most)


USDM_ENDPOINTS = {
    "ping": Endpoint(fixed(1), _ping),
    "time": Endpoint(fixed(1), _time),
    "exchangeInfo": Endpoint(fixed(1), _exchange_info),
    "depth": Endpoint(_depth_weight, _depth),
    "trades": Endpoint(fixed(5), _trades),
    "historicalTrades": Endpoint(fixed(200), _historical_trades, keyed=True),
    "aggTrades": Endpoint(fixed(20), _aggregate_trades),
    "klines": Endpoint(_klines_weight, _klines),
    "ticker/24hr": Endpoint(_tickers_weight, _tickers),
}
"""Every served path below ``/fapi/v1/``."""
