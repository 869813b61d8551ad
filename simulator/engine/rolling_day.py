"""The 24-hour window behind tickers, moving by steps of five minutes.

The window is the last 288 steps including the current one. The real exchange moves it every second,
which would be too expensive here for hundreds of symbols.
"""

from collections import deque
from dataclasses import replace

from simulator.engine.candles import Candle, flat
from simulator.engine.events import Trade

STEP_MS = 300_000
WINDOW_STEPS = 288


class RollingDay:
    """The last day of one symbol."""

    def __init__(self) -> None:
        self._closed: deque[Candle] = deque()
        self._current: Candle | None = None
        self._sum: Candle | None = None
        self.price_before_e8: int | None = None

    def add(self, trade: Trade) -> None:
        """Count one trade; match times do not decrease."""
        step_ms = trade.time_ms - trade.time_ms % STEP_MS
        if self._current is None or self._current.open_time_ms < step_ms:
            self._turn(step_ms, trade.price_e8)
        if self._current is not None:
            self._current.add(trade)

    def _turn(self, step_ms: int, price_e8: int) -> None:
        if self._current is not None:
            self._closed.append(self._current)
        oldest_ms = step_ms - (WINDOW_STEPS - 1) * STEP_MS
        while self._closed and self._closed[0].open_time_ms < oldest_ms:
            self.price_before_e8 = self._closed.popleft().close_e8
        self._current = flat(step_ms, price_e8)
        self._sum = _merged(self._closed)

    def window(self) -> Candle | None:
        """Return all trades of the window as one candle; None before the first trade."""
        if self._current is None or self._sum is None:
            return self._current
        window = replace(self._sum)
        window.merge(self._current)
        return window


def _merged(candles: deque[Candle]) -> Candle | None:
    if not candles:
        return None
    merged = replace(candles[0])
    for candle in list(candles)[1:]:
        merged.merge(candle)
    return merged
