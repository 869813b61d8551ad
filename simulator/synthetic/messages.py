"""The JSON of the synthetic market's streams, field by field as the exchange sends it."""

import msgspec

from simulator.engine.aggregates import AggregateTrade
from simulator.engine.candles import Candle
from simulator.engine.decimals import from_e8, from_e16
from simulator.engine.events import Trade
from simulator.synthetic.orders import TakerOrder

DAY_MS = 86_400_000


def trade_message(trade: Trade, event_time_ms: int) -> bytes:
    """Return a `trade` message."""
    side = b"true" if trade.buyer_is_maker else b"false"
    return b'{"e":"trade","E":%d,"s":"%s","t":%d,"p":"%s","q":"%s","T":%d,"m":%s,"M":true}' % (
        event_time_ms,
        trade.symbol.encode(),
        trade.trade_id,
        from_e8(trade.price_e8).encode(),
        from_e8(trade.quantity_e8).encode(),
        trade.time_ms,
        side,
    )


def aggregate_message(aggregate: AggregateTrade, event_time_ms: int) -> bytes:
    """Return an `aggTrade` message."""
    head = {"e": "aggTrade", "E": event_time_ms, "s": aggregate.symbol}
    return msgspec.json.encode(head | aggregate.rest_row(1))


def kline_message(
    symbol: str, interval: str, interval_ms: int, candle: Candle, event_time_ms: int
) -> bytes:
    """Return a `kline` message; the candle is closed once the event time is past its end."""
    end_ms = candle.open_time_ms + interval_ms
    kline = {
        "t": candle.open_time_ms,
        "T": end_ms - 1,
        "s": symbol,
        "i": interval,
        "f": candle.first_id,
        "L": candle.last_id,
        "o": from_e8(candle.open_e8),
        "c": from_e8(candle.close_e8),
        "h": from_e8(candle.high_e8),
        "l": from_e8(candle.low_e8),
        "v": from_e8(candle.volume_e8),
        "n": candle.count,
        "x": event_time_ms >= end_ms,
        "q": from_e16(candle.quote_e16),
        "V": from_e8(candle.taker_buy_e8),
        "Q": from_e16(candle.taker_buy_quote_e16),
        "B": "0",
    }
    return msgspec.json.encode({"e": "kline", "E": event_time_ms, "s": symbol, "k": kline})


def mini_ticker_message(symbol: str, window: Candle, event_time_ms: int) -> bytes:
    """Return a `24hrMiniTicker` message."""
    return msgspec.json.encode(
        {
            "e": "24hrMiniTicker",
            "E": event_time_ms,
            "s": symbol,
            "c": from_e8(window.close_e8),
            "o": from_e8(window.open_e8),
            "h": from_e8(window.high_e8),
            "l": from_e8(window.low_e8),
            "v": from_e8(window.volume_e8),
            "q": from_e16(window.quote_e16),
        }
    )


def ticker_message(
    window: Candle, order: TakerOrder, price_before_e8: int | None, event_time_ms: int
) -> bytes:
    """Return a `24hrTicker` message.

    Args:
        window: the last 24 hours.
        order: the last one, with the last trade and the best prices.
        price_before_e8: last price before the window; None for the window's first price.
        event_time_ms: when it is published.
    """
    last = order.trades[-1]
    change_e8 = window.close_e8 - window.open_e8
    return msgspec.json.encode(
        {
            "e": "24hrTicker",
            "E": event_time_ms,
            "s": last.symbol,
            "p": from_e8(change_e8),
            "P": f"{100 * change_e8 / window.open_e8:.3f}",
            "w": from_e8(window.quote_e16 // window.volume_e8),
            "x": from_e8(window.open_e8 if price_before_e8 is None else price_before_e8),
            "c": from_e8(window.close_e8),
            "Q": from_e8(last.quantity_e8),
            "b": from_e8(order.bid_e8),
            "B": from_e8(order.bid_quantity_e8),
            "a": from_e8(order.ask_e8),
            "A": from_e8(order.ask_quantity_e8),
            "o": from_e8(window.open_e8),
            "h": from_e8(window.high_e8),
            "l": from_e8(window.low_e8),
            "v": from_e8(window.volume_e8),
            "q": from_e16(window.quote_e16),
            "O": event_time_ms - DAY_MS,
            "C": event_time_ms,
            "F": window.first_id,
            "L": window.last_id,
            "n": window.count,
        }
    )
