"""The exchange's clock as a task of trades knows it, and how far its publishing lags behind.

Pure: no clock of our own, no I/O.

Theory of operation
-------------------
* `time_ms` is the latest instant that the exchange has shown by its answers or its frames. It only
  grows. It bounds what is believed: an event time more than a minute ahead of it is refused.
* The exchange publishes a trade some time after it matched it, in a load spike by seconds. The
  largest lag seen within the last minute is taken for what may be under way now, and
  `SETTLE_MS` at least. `settled(...)` says up to which match time an answer of the exchange speaks.
"""

from market.errors import MalformedRecordError

SETTLE_MS = 500
"""Lag that is always allowed for."""

LONGEST_LAG_MS = 60_000
"""A larger difference is no lag but a wrong clock or unit."""

MAX_AHEAD_MS = 60_000
"""How far an event time may be ahead of the exchange's own clock."""

_HALF_MS = 30_000


class ExchangeClock:
    """Follows the exchange's clock.

    Args:
        time_ms: the exchange's clock at the start, epoch milliseconds.
    """

    def __init__(self, time_ms: int) -> None:
        self.time_ms = time_ms
        self._largest_ms = self._largest_before_ms = 0
        self._half_ends_ms = time_ms + _HALF_MS

    @property
    def lag_ms(self) -> int:
        """How far match times may lag behind the clock now."""
        return max(SETTLE_MS, self._largest_ms, self._largest_before_ms)

    @property
    def settled_ms(self) -> int:
        """The match time that has settled by now, as far as one may expect."""
        return self.settled(self.time_ms)

    def settled(self, time_ms: int) -> int:
        """Return the match time before which everything was visible at an instant."""
        return time_ms - self.lag_ms

    def on_time(self, time_ms: int) -> None:
        """Take the exchange's own word for its clock."""
        if time_ms > self.time_ms:
            self.time_ms = time_ms
            if time_ms >= self._half_ends_ms:
                self._largest_before_ms, self._largest_ms = self._largest_ms, 0
                self._half_ends_ms = time_ms + _HALF_MS

    def on_frame(self, publish_time_ms: int, match_time_ms: int) -> None:
        """Take the two times of a frame.

        Raises:
            MalformedRecordError: reason ``bad_time``; one of them cannot be right.
        """
        lag_ms = publish_time_ms - match_time_ms
        latest_ms = self.time_ms + MAX_AHEAD_MS
        if publish_time_ms > latest_ms or match_time_ms > latest_ms or lag_ms > LONGEST_LAG_MS:
            raise MalformedRecordError(
                "bad_time",
                f"expected publish and match time within a minute of each other and at most one "
                f"ahead of the exchange's clock {self.time_ms}, found {publish_time_ms} and "
                f"{match_time_ms}",
            )
        self._largest_ms = max(self._largest_ms, lag_ms)
        self.on_time(publish_time_ms)
