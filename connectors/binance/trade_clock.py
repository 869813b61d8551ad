"""The clock of a market's trades: the latest instant that the exchange has shown, and its lag.

Pure: no clock of our own, no I/O.

Theory of operation
-------------------
* `time_ms` is the latest instant that the exchange's answers or its frames have shown. It never
  falls. Frames whose times cannot be are refused (`connectors.binance.exchange_clock`).
* The exchange publishes a trade some time after it matched it, in a load spike by seconds. The
  largest lag of late (`connectors.binance.publish_lag`) is taken for what may be under way now, and
  `SETTLE_MS` at least. `settled` says up to which match time an answer of the exchange speaks.
"""

from connectors.binance.exchange_clock import ExchangeClock
from connectors.binance.publish_lag import PublishLag

SETTLE_MS = 500
"""Lag that is always allowed for."""


class TradeClock:
    """Follows the exchange's clock.

    Args:
        time_ms: the exchange's clock at the start, epoch milliseconds.
        now_s: monotonic seconds.
    """

    def __init__(self, time_ms: int, now_s: float) -> None:
        self.time_ms = time_ms
        self._exchange = ExchangeClock()
        self._exchange.on_time(time_ms, now_s)
        self._lag = PublishLag()

    @property
    def settled_ms(self) -> int:
        """The match time that has settled by now, as far as one may expect."""
        return self.settled(self.time_ms)

    def settled(self, time_ms: int) -> int:
        """Return the match time before which everything was visible at an instant."""
        return time_ms - max(SETTLE_MS, self._lag.lag_ms)

    def on_time(self, time_ms: int, now_s: float) -> None:
        """Take the exchange's own word for its clock."""
        self._exchange.on_time(time_ms, now_s)
        self.time_ms = max(self.time_ms, time_ms)

    def on_frame(self, publish_time_ms: int, match_time_ms: int, now_s: float) -> None:
        """Take the two times of a frame.

        Raises:
            MalformedRecordError: reason ``bad_time``; one of them cannot be right.
        """
        self._exchange.check(publish_time_ms, match_time_ms, now_s)
        self._lag.on_frame(publish_time_ms, match_time_ms)
        self.time_ms = max(self.time_ms, publish_time_ms)
