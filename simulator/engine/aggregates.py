"""Aggregate trades: consecutive fills at one price and side, within a short time.

On spot they share one match time: the fills are those of one taker order. On USD-M that time is a
tenth of a second, whoever the takers were.
"""

from dataclasses import dataclass, replace

from simulator.binance.venues import Market
from simulator.engine.decimals import from_e8
from simulator.engine.events import Trade

AGGREGATION_MS = {Market.SPOT: 1, Market.USDM: 100}
"""Length of the slots of match time; an aggregate stays within one."""


@dataclass(frozen=True, slots=True)
class AggregateTrade:
    """One aggregate; `aggregate_id` is consecutive per symbol.

    Attributes:
        quantity_e8: sum of the fills, scaled by 10^8.
        first_id, last_id: trade ids, inclusive.
    """

    symbol: str
    aggregate_id: int
    price_e8: int
    quantity_e8: int
    first_id: int
    last_id: int
    time_ms: int
    buyer_is_maker: bool

    def takes(self, trade: Trade, slot_ms: int) -> bool:
        """Return whether a trade is one more fill of the aggregate.

        Args:
            trade: a later match than those in it.
            slot_ms: of the market, see `AGGREGATION_MS`.
        """
        return (
            trade.trade_id == self.last_id + 1
            and trade.time_ms // slot_ms == self.time_ms // slot_ms
            and trade.price_e8 == self.price_e8
            and trade.buyer_is_maker == self.buyer_is_maker
        )

    def with_trade(self, trade: Trade) -> "AggregateTrade":
        """Return the aggregate with one more fill."""
        quantity_e8 = self.quantity_e8 + trade.quantity_e8
        return replace(self, quantity_e8=quantity_e8, last_id=trade.trade_id)

    def rest_row(self, time_unit: int) -> dict[str, object]:
        """Return the row of ``/api/v3/aggTrades``; `time_unit` is 1 for ms, 1000 for us."""
        return {
            "a": self.aggregate_id,
            "p": from_e8(self.price_e8),
            "q": from_e8(self.quantity_e8),
            "f": self.first_id,
            "l": self.last_id,
            "T": self.time_ms * time_unit,
            "m": self.buyer_is_maker,
            "M": True,
        }


def first_of(trade: Trade, aggregate_id: int) -> AggregateTrade:
    """Return a new aggregate with a trade as its first fill."""
    return AggregateTrade(
        trade.symbol,
        aggregate_id,
        trade.price_e8,
        trade.quantity_e8,
        trade.trade_id,
        trade.trade_id,
        trade.time_ms,
        trade.buyer_is_maker,
    )
