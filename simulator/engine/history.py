"""What REST knows about one symbol: the trades that happened, and what is derived from them.

A trade enters when its frame is due, even if no client is connected. Memory is bounded: the oldest
trades are forgotten, candles live longer.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice

from simulator.binance.venues import Market
from simulator.engine.aggregates import AGGREGATION_MS, AggregateTrade, first_of
from simulator.engine.candles import INTERVALS_MS, Candle, CandleSeries, merged
from simulator.engine.events import Trade
from simulator.engine.rolling_day import RollingDay

SECONDS_KEPT = 86_400
MINUTES_KEPT = 44_640
"""If all trades are kept: one day of 1 s candles, 31 days of 1 min candles."""
BOUNDED_SECONDS_KEPT = 7_200
BOUNDED_MINUTES_KEPT = 2_880
"""If trades are forgotten: two hours and two days, as there may be hundreds of such symbols."""


class SymbolHistory:
    """The visible past of one symbol.

    Args:
        limit: number of trades kept, at least; None keeps all.
        market: decides what an aggregate is.

    Attributes:
        day: the last 24 hours, for tickers.
        count: number of trades that happened.
    """

    def __init__(self, limit: int | None, market: Market = Market.SPOT) -> None:
        self._limit = limit
        self._slot_ms = AGGREGATION_MS[market]
        self._trades: list[Trade] = []
        self._aggregates: list[AggregateTrade] = []
        self._next_aggregate_id = 1
        seconds = SECONDS_KEPT if limit is None else BOUNDED_SECONDS_KEPT
        minutes = MINUTES_KEPT if limit is None else BOUNDED_MINUTES_KEPT
        self._seconds = CandleSeries(INTERVALS_MS["1s"], seconds)
        self._minutes = CandleSeries(INTERVALS_MS["1m"], minutes)
        self.day = RollingDay()
        self.count = 0

    @property
    def first_id(self) -> int | None:
        """Id of the oldest trade kept."""
        return self._trades[0].trade_id if self._trades else None

    @property
    def newest(self) -> Trade | None:
        """The newest trade."""
        return self._trades[-1] if self._trades else None

    @property
    def last_id(self) -> int | None:
        """Id of the newest trade."""
        return self._trades[-1].trade_id if self._trades else None

    def add(self, trade: Trade) -> None:
        """Make a trade visible; a repeated or older id is ignored, unless ids restart."""
        if self._trades and trade.trade_id <= self._trades[-1].trade_id:
            if not self._is_after_restart(trade):
                return
            self.restart_ids(trade.trade_id)
        self._trades.append(trade)
        self._aggregate(trade)
        self._seconds.add(trade)
        self._minutes.add(trade)
        self.day.add(trade)
        self.count += 1
        # Rarely, since deleting from the front of a list moves all that stays.
        if self._limit is not None and len(self._trades) > self._limit * 5 // 4:
            self._forget(self._limit)

    def _is_after_restart(self, trade: Trade) -> bool:
        """Return whether an id below all others has a later time, so that it is no repeat."""
        oldest, newest = self._trades[0], self._trades[-1]
        return trade.trade_id < oldest.trade_id and trade.time_ms > newest.time_ms

    def restart_ids(self, first_id: int) -> None:
        """Forget the trades, since ids restart; candles stay.

        Args:
            first_id: the first new id, of aggregates too.
        """
        self._trades.clear()
        self._aggregates.clear()
        self._next_aggregate_id = first_id
        self.day = RollingDay()

    def _aggregate(self, trade: Trade) -> None:
        if self._aggregates and self._aggregates[-1].takes(trade, self._slot_ms):
            self._aggregates[-1] = self._aggregates[-1].with_trade(trade)
            return
        self._aggregates.append(first_of(trade, self._next_aggregate_id))
        self._next_aggregate_id += 1

    def _forget(self, limit: int) -> None:
        del self._trades[:-limit]
        oldest_id = self._trades[0].trade_id
        del self._aggregates[: bisect_left(self._aggregates, oldest_id, key=lambda a: a.first_id)]

    def latest_trades(self, limit: int) -> list[Trade]:
        """Return the newest trades, oldest first."""
        return self._trades[-limit:]

    def trades_from(self, trade_id: int, limit: int) -> list[Trade]:
        """Return trades from an id on, oldest first."""
        index = bisect_left(self._trades, trade_id, key=lambda trade: trade.trade_id)
        return self._trades[index : index + limit]

    def latest_aggregates(self, limit: int) -> list[AggregateTrade]:
        """Return the newest aggregates, oldest first."""
        return self._aggregates[-limit:]

    def aggregates_from(self, aggregate_id: int, limit: int) -> list[AggregateTrade]:
        """Return aggregates from an id on, oldest first."""
        index = bisect_left(self._aggregates, aggregate_id, key=lambda a: a.aggregate_id)
        return self._aggregates[index : index + limit]

    def aggregates_between(
        self, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[AggregateTrade]:
        """Return aggregates of a closed time range: the oldest from `start_ms`, else the newest."""
        rows = self._aggregates
        end = len(rows) if end_ms is None else bisect_right(rows, end_ms, key=lambda a: a.time_ms)
        if start_ms is None:
            return rows[max(0, end - limit) : end]
        start = bisect_left(rows, start_ms, key=lambda a: a.time_ms)
        return rows[start : min(end, start + limit)]

    def candles(self, interval_ms: int, start_ms: int, end_ms: int) -> Iterator[Candle]:
        """Yield candles that open from `start_ms` until before `end_ms`, flat ones included."""
        if interval_ms == self._seconds.interval_ms:
            return self._seconds.between(start_ms, end_ms)
        aligned_ms = -(-start_ms // interval_ms) * interval_ms
        last_ms = -(-end_ms // interval_ms) * interval_ms
        return merged(self._minutes.between(aligned_ms, last_ms), interval_ms)

    def first_candles(
        self, interval_ms: int, start_ms: int, end_ms: int, limit: int
    ) -> list[Candle]:
        """Return the oldest candles of a range."""
        return list(islice(self.candles(interval_ms, start_ms, end_ms), limit))
