"""The frames of one spot symbol's trade streams, derived from its orders alone."""

import math
from collections.abc import Iterator

from simulator.binance.venues import Market
from simulator.engine.aggregates import AGGREGATION_MS, AggregateTrade, first_of
from simulator.engine.candles import INTERVALS_MS, Candle, CandleSeries
from simulator.engine.events import Frame
from simulator.engine.rolling_day import RollingDay
from simulator.synthetic.messages import (
    aggregate_message,
    kline_message,
    mini_ticker_message,
    ticker_message,
    trade_message,
)
from simulator.synthetic.orders import TakerOrder

KLINE_PERIODS_MS = {"1s": 1_000, "1m": 2_000}
"""The streamed kline intervals, and how often each is sent while trading changes it."""

SUFFIXES = ("trade", "aggTrade", "miniTicker", "ticker", *(f"kline_{i}" for i in KLINE_PERIODS_MS))
"""The part after the ``@`` of every synthetic trade stream."""


class Tape:
    """The trade streams of one symbol.

    Args:
        symbol: upper case.

    Attributes:
        next_ms: infinite, as nothing waits between an order and the end of its second.
    """

    next_ms = math.inf

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._prefix = symbol.lower()
        self._aggregate_id = 0
        self._day = RollingDay()
        self._last: TakerOrder | None = None
        self._ticked: TakerOrder | None = None
        self._series = {i: CandleSeries(INTERVALS_MS[i], limit=2) for i in KLINE_PERIODS_MS}
        self._open: dict[str, int] = {}
        self._sent: dict[tuple[str, int], int] = {}

    def on_order(self, order: TakerOrder) -> Iterator[Frame]:
        """Take an order; yield its `trade` and `aggTrade` frames."""
        self._last = order
        for trade in order.trades:
            self._day.add(trade)
            for series in self._series.values():
                series.add(trade)
            payload = trade_message(trade, order.event_time_ms)
            yield Frame(order.event_time_ms, f"{self._prefix}@trade", payload, self._symbol, trade)
        for aggregate in self._aggregates(order):
            payload = aggregate_message(aggregate, order.event_time_ms)
            yield self._frame("aggTrade", payload, order.event_time_ms)

    def on_due(self, _now_ms: int) -> Iterator[Frame]:
        """Yield nothing, as nothing waits."""
        return iter(())

    def _aggregates(self, order: TakerOrder) -> list[AggregateTrade]:
        aggregates: list[AggregateTrade] = []
        for trade in order.trades:
            if aggregates and aggregates[-1].takes(trade, AGGREGATION_MS[Market.SPOT]):
                aggregates[-1] = aggregates[-1].with_trade(trade)
            else:
                self._aggregate_id += 1
                aggregates.append(first_of(trade, self._aggregate_id))
        return aggregates

    def on_second(self, second_ms: int, event_time_ms: int) -> Iterator[Frame]:
        """Take the end of a second of the exchange; yield the klines and tickers that changed.

        Args:
            second_ms: the end of the second; every trade before it is known.
            event_time_ms: when the frames are published, a little later.
        """
        for interval, period_ms in KLINE_PERIODS_MS.items():
            yield from self._klines(interval, second_ms, period_ms, event_time_ms)
        window = self._day.window()
        if window is None or self._last is None or self._last is self._ticked:
            return
        self._ticked = self._last
        mini = mini_ticker_message(self._symbol, window, event_time_ms)
        yield self._frame("miniTicker", mini, event_time_ms)
        full = ticker_message(window, self._last, self._day.price_before_e8, event_time_ms)
        yield self._frame("ticker", full, event_time_ms)

    def _klines(
        self, interval: str, second_ms: int, period_ms: int, event_time_ms: int
    ) -> Iterator[Frame]:
        """Yield the closed candle once, and the open one every period while it changes."""
        for candle in self._series[interval].traded(self._open.get(interval, 0)):
            closed = candle.open_time_ms + INTERVALS_MS[interval] <= second_ms
            changed = self._sent.get((interval, candle.open_time_ms)) != candle.count
            if closed:
                self._open[interval] = candle.open_time_ms + INTERVALS_MS[interval]
                self._sent.pop((interval, candle.open_time_ms), None)
            elif not changed or second_ms % period_ms:
                continue
            else:
                self._sent[interval, candle.open_time_ms] = candle.count
            yield self._kline(interval, candle, event_time_ms)

    def _kline(self, interval: str, candle: Candle, event_time_ms: int) -> Frame:
        payload = kline_message(
            self._symbol, interval, INTERVALS_MS[interval], candle, event_time_ms
        )
        return self._frame(f"kline_{interval}", payload, event_time_ms)

    def _frame(self, suffix: str, payload: bytes, due_ms: int) -> Frame:
        return Frame(due_ms, f"{self._prefix}@{suffix}", payload, self._symbol)
