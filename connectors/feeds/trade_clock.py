"""The clock of a market's trades: the latest instant that the exchange has shown, and its lag.

Pure: no clock of our own, no I/O.

Theory of operation
-------------------
* `time_ms` is the latest instant that the exchange's answers or frames have shown. It never falls.
  Frames with impossible times are refused (`connectors.feeds.exchange_clock`).
* A time more than `JUMP_MS` ahead of what is known proves nothing on its own: one wrong answer or
  frame would close windows that have not begun. Known is the later of two: what was shown, and the
  last answer plus our monotonic time since. Two answers that far ahead show the earlier of their
  times. The caller holds such frames until another frame or an answer arrives (`held_trades`).
* The exchange publishes a trade some time after matching it, seconds later in a load spike. The
  largest recent lag (`connectors.feeds.publish_lag`), and at least `SETTLE_MS`, is assumed to be in
  flight now. `settled` returns the match time up to which an answer of the exchange is conclusive.
"""

from connectors.feeds.exchange_clock import JUMP_MS, MAX_AHEAD_MS, ExchangeClock
from connectors.feeds.publish_lag import PublishLag
from market.dictionary.event_times import LAST_EVENT_TIME_MS, check_event_time_ms
from market.errors import MalformedRecordError

SETTLE_MS = 500
"""The least lag to assume."""


class TradeClock:
    """Tracks the exchange's clock.

    Args:
        time_ms: the exchange's clock at the start, epoch milliseconds.
        now_s: monotonic seconds.
    """

    def __init__(self, time_ms: int, now_s: float) -> None:
        self.time_ms = time_ms
        self._exchange = ExchangeClock()
        self._lag = PublishLag()
        self._doubted_ms = 0
        """The last answer when it was too far ahead, else 0."""
        self._note_answer(time_ms, now_s)

    @property
    def settled_ms(self) -> int:
        """The match time that has settled by now, given the recent lag."""
        return self.settled(self.time_ms)

    def settled(self, time_ms: int) -> int:
        """Return the match time before which everything was visible at an instant."""
        return time_ms - max(SETTLE_MS, self._lag.lag_ms)

    def on_time(self, time_ms: int, now_s: float) -> int:
        """Take the exchange's own report of its clock.

        Returns:
            The instant that it shows; 0 when the answer proves nothing until another one agrees.
        """
        try:
            check_event_time_ms(time_ms)
        except MalformedRecordError:
            return 0
        # Only two answers in a row confirm each other: any other one ends the doubt.
        doubted_ms, self._doubted_ms = self._doubted_ms, 0
        if time_ms > self.now_ms(now_s) + JUMP_MS:
            self._doubted_ms = time_ms
            if not doubted_ms:
                return 0
            time_ms = min(doubted_ms, time_ms)
        self._note_answer(time_ms, now_s)
        return time_ms

    def _note_answer(self, time_ms: int, now_s: float) -> None:
        self._answer_ms, self._answer_s = time_ms, now_s
        self._exchange.on_time(time_ms, now_s)
        self._lag.on_time(time_ms)
        self.time_ms = max(self.time_ms, time_ms)

    def now_ms(self, now_s: float) -> int:
        """Return the exchange's time as far as it is known."""
        return max(self._answer_ms + round((now_s - self._answer_s) * 1000), self.time_ms)

    def is_ahead(self, publish_time_ms: int, now_s: float) -> bool:
        """Return whether a frame's time needs a second witness; one in another unit has none."""
        if publish_time_ms <= self.time_ms + JUMP_MS:  # as nearly always
            return False
        return self.now_ms(now_s) + JUMP_MS < publish_time_ms < LAST_EVENT_TIME_MS

    def furthest_ms(self, now_s: float) -> int:
        """Return how far frames may move the clock without an answer of the exchange."""
        return self.now_ms(now_s) + MAX_AHEAD_MS

    def show(self, publish_time_ms: int) -> None:
        """Note an instant that two frames have shown."""
        self.time_ms = max(self.time_ms, publish_time_ms)

    def on_frame(self, publish_time_ms: int, match_time_ms: int, now_s: float) -> None:
        """Take the two times of a frame.

        Raises:
            MalformedRecordError: reason ``bad_time``; one of them cannot be right.
        """
        self._exchange.check(publish_time_ms, match_time_ms, now_s)
        self._lag.on_frame(publish_time_ms, match_time_ms)
        self.time_ms = max(self.time_ms, publish_time_ms)
