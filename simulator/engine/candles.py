"""Candles (the exchange's klines) built from the same trades that were streamed.

Two base series, 1 s and 1 min, grow with each trade; longer intervals are merged from minutes
when they are requested, so nothing is computed twice. Sums are exact scaled integers.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.engine.decimals import from_e8, from_e16
from simulator.engine.events import Trade

INTERVALS_MS = {
    "1s": 1_000,
    "1m": 60_000,
    "3m": 180_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "2h": 7_200_000,
    "4h": 14_400_000,
    "6h": 21_600_000,
    "8h": 28_800_000,
    "12h": 43_200_000,
    "1d": 86_400_000,
}
"""Every interval whose bars start at a multiple of their length since the epoch."""


@dataclass(slots=True)
class Candle:
    """The sums of one interval's trades.

    Attributes:
        open_time_ms: first instant, inclusive.
        volume_e8, taker_buy_e8: base, scaled by 10^8.
        quote_e16, taker_buy_quote_e16: quote, scaled by 10^16.
        first_id, last_id: trade ids; -1 without trades.
    """

    open_time_ms: int
    open_e8: int
    high_e8: int
    low_e8: int
    close_e8: int
    volume_e8: int = 0
    quote_e16: int = 0
    count: int = 0
    taker_buy_e8: int = 0
    taker_buy_quote_e16: int = 0
    first_id: int = -1
    last_id: int = -1

    def add(self, trade: Trade) -> None:
        """Add one trade of this interval, later than those added before."""
        price_e8, quote_e16 = trade.price_e8, trade.quote_e16
        self.high_e8 = max(self.high_e8, price_e8)
        self.low_e8 = min(self.low_e8, price_e8)
        self.close_e8 = price_e8
        self.volume_e8 += trade.quantity_e8
        self.quote_e16 += quote_e16
        self.count += 1
        if not trade.buyer_is_maker:
            self.taker_buy_e8 += trade.quantity_e8
            self.taker_buy_quote_e16 += quote_e16
        if self.first_id < 0:
            self.first_id = trade.trade_id
        self.last_id = trade.trade_id

    def merge(self, later: "Candle") -> None:
        """Add a candle that follows this one; a flat one adds nothing."""
        if later.count == 0:
            return
        if self.count == 0:
            self.open_e8 = self.high_e8 = self.low_e8 = later.open_e8
        self.high_e8 = max(self.high_e8, later.high_e8)
        self.low_e8 = min(self.low_e8, later.low_e8)
        self.close_e8 = later.close_e8
        self.volume_e8 += later.volume_e8
        self.quote_e16 += later.quote_e16
        self.count += later.count
        self.taker_buy_e8 += later.taker_buy_e8
        self.taker_buy_quote_e16 += later.taker_buy_quote_e16
        self.first_id = later.first_id if self.first_id < 0 else self.first_id
        self.last_id = max(self.last_id, later.last_id)

    def rest_row(self, interval_ms: int, time_unit: int) -> list[object]:
        """Return the row of ``/api/v3/klines``; `time_unit` is 1 for ms, 1000 for us."""
        end = (self.open_time_ms + interval_ms) * time_unit
        return [
            self.open_time_ms * time_unit,
            from_e8(self.open_e8),
            from_e8(self.high_e8),
            from_e8(self.low_e8),
            from_e8(self.close_e8),
            from_e8(self.volume_e8),
            end - 1,
            from_e16(self.quote_e16),
            self.count,
            from_e8(self.taker_buy_e8),
            from_e16(self.taker_buy_quote_e16),
            "0",
        ]


def _open_time_ms(candle: Candle) -> int:
    return candle.open_time_ms


def flat(open_time_ms: int, price_e8: int) -> Candle:
    """Return a candle without trades at the last price."""
    return Candle(open_time_ms, price_e8, price_e8, price_e8, price_e8)


class CandleSeries:
    """The candles with trades of one symbol and base interval, oldest first.

    Args:
        interval_ms: length of a candle.
        limit: number of candles kept, at least; the oldest are dropped.
    """

    def __init__(self, interval_ms: int, limit: int) -> None:
        self.interval_ms = interval_ms
        self._limit = limit
        self._candles: list[Candle] = []

    @property
    def last(self) -> Candle | None:
        """The newest candle; None before the first trade."""
        return self._candles[-1] if self._candles else None

    def add(self, trade: Trade) -> None:
        """Add one trade."""
        open_time_ms = trade.time_ms - trade.time_ms % self.interval_ms
        last = self.last
        if last is None or last.open_time_ms != open_time_ms:
            last = self._open(open_time_ms, trade.price_e8)
        last.add(trade)

    def _open(self, open_time_ms: int, price_e8: int) -> Candle:
        index = bisect_left(self._candles, open_time_ms, key=_open_time_ms)
        if index < len(self._candles) and self._candles[index].open_time_ms == open_time_ms:
            return self._candles[index]
        candle = flat(open_time_ms, price_e8)
        self._candles.insert(index, candle)
        if len(self._candles) > self._limit + max(2, self._limit // 4):
            del self._candles[: -self._limit]
        return candle

    def traded(self, start_ms: int) -> list[Candle]:
        """Return the candles with trades that open at `start_ms` or later."""
        return self._candles[bisect_left(self._candles, start_ms, key=_open_time_ms) :]

    def between(self, start_ms: int, end_ms: int) -> Iterator[Candle]:
        """Yield the candles of every interval from `start_ms` until before `end_ms`.

        Intervals without trades are flat at the previous close; before the first trade there
        are none.
        """
        step = self.interval_ms
        index = bisect_left(self._candles, start_ms, key=_open_time_ms)
        close_e8 = self._candles[index - 1].close_e8 if index else None
        open_time_ms = -(-start_ms // step) * step
        if close_e8 is None and index < len(self._candles):
            open_time_ms = self._candles[index].open_time_ms
        while open_time_ms < end_ms:
            if index < len(self._candles) and self._candles[index].open_time_ms == open_time_ms:
                candle = self._candles[index]
                index += 1
            elif close_e8 is None:
                return
            else:
                candle = flat(open_time_ms, close_e8)
            close_e8 = candle.close_e8
            yield candle
            open_time_ms += step


def merged(candles: Iterator[Candle], interval_ms: int) -> Iterator[Candle]:
    """Yield candles of a longer interval from consecutive shorter ones."""
    current: Candle | None = None
    for candle in candles:
        open_time_ms = candle.open_time_ms - candle.open_time_ms % interval_ms
        if current is None or current.open_time_ms != open_time_ms:
            if current is not None:
                yield current
            current = flat(open_time_ms, candle.open_e8)
        current.merge(candle)
    if current is not None:
        yield current
