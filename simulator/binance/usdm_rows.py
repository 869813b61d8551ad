"""USD-M's form of what spot also has: fewer fields, and the symbol's own decimals.

Only rows of REST answers; their data is shared with spot.
"""

from simulator.engine.aggregates import AggregateTrade
from simulator.engine.candles import Candle
from simulator.engine.decimals import cut, from_e8, from_e16
from simulator.engine.events import Trade
from simulator.engine.symbols import SymbolRules


def symbol_row(rules: SymbolRules) -> dict[str, object]:
    """Return the symbol's entry of ``/fapi/v1/exchangeInfo``."""
    return {
        "symbol": rules.symbol,
        "pair": rules.symbol.partition("_")[0],
        "contractType": "PERPETUAL",
        "status": "TRADING",
        "baseAsset": rules.base,
        "quoteAsset": rules.quote,
        "marginAsset": rules.quote,
        "pricePrecision": rules.price_digits,
        "quantityPrecision": rules.quantity_digits,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "filters": _filters(rules),
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _filters(rules: SymbolRules) -> list[dict[str, object]]:
    tick = cut(from_e8(rules.tick_e8), rules.price_digits)
    step = cut(from_e8(rules.step_e8), rules.quantity_digits)
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "4529764", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": step, "maxQty": "1000", "stepSize": step},
        {"filterType": "MIN_NOTIONAL", "notional": "50"},
    ]


def trade_row(trade: Trade, rules: SymbolRules) -> dict[str, object]:
    """Return the row of ``/fapi/v1/trades``."""
    return {
        "id": trade.trade_id,
        "price": cut(from_e8(trade.price_e8), rules.price_digits),
        "qty": cut(from_e8(trade.quantity_e8), rules.quantity_digits),
        "quoteQty": cut(from_e16(trade.quote_e16), rules.quote_digits),
        "time": trade.time_ms,
        "isBuyerMaker": trade.buyer_is_maker,
    }


def aggregate_row(aggregate: AggregateTrade, rules: SymbolRules) -> dict[str, object]:
    """Return the row of ``/fapi/v1/aggTrades``; no trade counts as a retail improvement."""
    quantity = cut(from_e8(aggregate.quantity_e8), rules.quantity_digits)
    return {
        "a": aggregate.aggregate_id,
        "p": cut(from_e8(aggregate.price_e8), rules.price_digits),
        "q": quantity,
        "nq": quantity,
        "f": aggregate.first_id,
        "l": aggregate.last_id,
        "T": aggregate.time_ms,
        "m": aggregate.buyer_is_maker,
    }


def kline_row(candle: Candle, interval_ms: int, rules: SymbolRules) -> list[object]:
    """Return the row of ``/fapi/v1/klines``."""

    def quantity(value_e8: int) -> str:
        return cut(from_e8(value_e8), rules.quantity_digits)

    def quote(value_e16: int) -> str:
        return cut(from_e16(value_e16), rules.quote_digits)

    prices = (candle.open_e8, candle.high_e8, candle.low_e8, candle.close_e8)
    return [
        candle.open_time_ms,
        *(cut(from_e8(price_e8), rules.price_digits) for price_e8 in prices),
        quantity(candle.volume_e8),
        candle.open_time_ms + interval_ms - 1,
        quote(candle.quote_e16),
        candle.count,
        quantity(candle.taker_buy_e8),
        quote(candle.taker_buy_quote_e16),
        "0",
    ]
