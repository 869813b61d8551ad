"""The frames of USD-M's trade streams: fills at once, aggregates of 100 ms a little later."""

import math
from collections.abc import Iterator

import msgspec

from simulator.binance.usdm_rows import aggregate_row
from simulator.binance.venues import Market, address_of
from simulator.engine.aggregates import AGGREGATION_MS, AggregateTrade, first_of
from simulator.engine.decimals import cut, from_e8
from simulator.engine.events import Frame, Trade
from simulator.engine.symbols import SymbolRules
from simulator.synthetic.orders import TakerOrder

USDM_SUFFIXES = ("trade", "aggTrade")
"""The part after the ``@`` of every synthetic trade stream."""
SLOT_MS = AGGREGATION_MS[Market.USDM]
AGGREGATION_LAG_MS = 50
"""An aggregate follows the end of its slot by this much: by then all its fills are known."""


class UsdmTape:
    """The trade streams of one symbol.

    Args:
        rules: its decimals on the wire.
    """

    def __init__(self, rules: SymbolRules) -> None:
        self._rules = rules
        prefix = rules.symbol.lower()
        self._trade, self._aggregate = (
            address_of(Market.USDM, f"{prefix}@{suffix}") for suffix in USDM_SUFFIXES
        )
        self._aggregate_id = 0
        self._open: list[AggregateTrade] = []

    @property
    def next_ms(self) -> float:
        """When the oldest open aggregate is published; infinite for never."""
        return _due_ms(self._open[0]) if self._open else math.inf

    def on_order(self, order: TakerOrder) -> Iterator[Frame]:
        """Take an order; yield its `trade` frames."""
        for trade in order.trades:
            self._add(trade)
            payload = self._trade_message(trade, order.event_time_ms)
            yield self._frame(self._trade, payload, order.event_time_ms, trade)

    def on_due(self, now_ms: int) -> Iterator[Frame]:
        """Yield the `aggTrade` frames of the slots that are over."""
        while self.next_ms <= now_ms:
            aggregate = self._open.pop(0)
            head = {"e": "aggTrade", "E": now_ms, "s": aggregate.symbol}
            body = head | aggregate_row(aggregate, self._rules) | {"st": 1}
            yield self._frame(self._aggregate, msgspec.json.encode(body), now_ms)

    def on_second(self, _second_ms: int, _event_time_ms: int) -> Iterator[Frame]:
        """Yield nothing: klines and tickers of USD-M are not streamed."""
        return iter(())

    def _add(self, trade: Trade) -> None:
        if self._open and self._open[-1].takes(trade, SLOT_MS):
            self._open[-1] = self._open[-1].with_trade(trade)
            return
        self._aggregate_id += 1
        self._open.append(first_of(trade, self._aggregate_id))

    def _trade_message(self, trade: Trade, event_time_ms: int) -> bytes:
        return (
            b'{"e":"trade","E":%d,"T":%d,"s":"%b","t":%d,"p":"%b","q":"%b","X":"MARKET","m":%b}'
        ) % (
            event_time_ms,
            trade.time_ms,
            trade.symbol.encode(),
            trade.trade_id,
            cut(from_e8(trade.price_e8), self._rules.price_digits).encode(),
            cut(from_e8(trade.quantity_e8), self._rules.quantity_digits).encode(),
            b"true" if trade.buyer_is_maker else b"false",
        )

    def _frame(self, stream: str, payload: bytes, due_ms: int, trade: Trade | None = None) -> Frame:
        return Frame(due_ms, stream, payload, self._rules.symbol, trade, Market.USDM)


def _due_ms(aggregate: AggregateTrade) -> int:
    end_ms = aggregate.time_ms - aggregate.time_ms % SLOT_MS + SLOT_MS
    return end_ms + AGGREGATION_LAG_MS
