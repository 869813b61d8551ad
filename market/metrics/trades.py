"""Reference definitions of the metrics of trades, as plain functions that the SQL must equal.

Sums are exact decimals; a quotient is a float computed once, from exact sums. Nothing here is
fast, and nothing here is used on a hot path.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from market.dictionary.records import Trade

_EXACT = Context(prec=76)
"""Twice the digits of the widest column: no sum or product of columns is ever rounded."""


@dataclass(frozen=True, slots=True)
class Candle:
    """One window of trades.

    Attributes:
        open: price of the first trade by (event_time, trade_id), quote per base.
        close: price of the last trade.
        volume_base: exact sum of quantities.
        volume_quote: exact sum of price * quantity.
        vwap: `volume_quote / volume_base`.
        trade_imbalance: (taker buys - taker sells) / both, in base, in [-1, 1].
    """

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume_base: Decimal
    volume_quote: Decimal
    taker_buy_volume_base: Decimal
    taker_buy_volume_quote: Decimal
    vwap: float
    trade_imbalance: float
    trade_count: int


def volume_base(trades: Iterable[Trade]) -> Decimal:
    """Return the exact sum of quantities, in base."""
    with localcontext(_EXACT):
        return sum((Decimal(trade.quantity) for trade in trades), Decimal(0))


def volume_quote(trades: Iterable[Trade]) -> Decimal:
    """Return the exact sum of price * quantity, in quote."""
    with localcontext(_EXACT):
        return sum((Decimal(trade.price) * Decimal(trade.quantity) for trade in trades), Decimal(0))


def vwap(trades: Sequence[Trade]) -> float:
    """Return sum(price * quantity) / sum(quantity), quote per base.

    Raises:
        ValueError: there are no trades, so the price is unknown, not zero.
    """
    if not trades:
        raise ValueError("vwap: expected at least one trade, found none")
    return float(volume_quote(trades)) / float(volume_base(trades))


def trade_imbalance(trades: Sequence[Trade]) -> float:
    """Return (taker buys - taker sells) / both, in base, in [-1, 1].

    Raises:
        ValueError: no trades.
    """
    if not trades:
        raise ValueError("trade_imbalance: expected at least one trade, found none")
    buys = volume_base(trade for trade in trades if trade.taker_side == "buy")
    total = volume_base(trades)
    with localcontext(_EXACT):
        return float(buys - (total - buys)) / float(total)


def candle(trades: Sequence[Trade]) -> Candle:
    """Return the candle of a window's trades, in whatever order they come.

    Raises:
        ValueError: no trades.
    """
    if not trades:
        raise ValueError("candle: expected at least one trade, found none")
    ordered = sorted(trades, key=lambda trade: (trade.event_time_ms, trade.trade_id))
    prices = [Decimal(trade.price) for trade in ordered]
    buys = [trade for trade in ordered if trade.taker_side == "buy"]
    return Candle(
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume_base=volume_base(ordered),
        volume_quote=volume_quote(ordered),
        taker_buy_volume_base=volume_base(buys),
        taker_buy_volume_quote=volume_quote(buys),
        vwap=vwap(ordered),
        trade_imbalance=trade_imbalance(ordered),
        trade_count=len(ordered),
    )
