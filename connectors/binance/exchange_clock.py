"""The exchange's clock as far as it is known, and which times of frames it allows.

Pure. REST tells the time now and then; in between our monotonic clock goes on, and so do frames
that were accepted, as a replay may be faster than any clock. A frame that is far ahead of all three
is refused: it would close windows that have not begun. REST is asked first when its answer is old.
"""

from market.errors import MalformedRecordError
from market.event_times import LAST_EVENT_TIME_MS, check_event_time_ms

MAX_AHEAD_MS = 60_000
"""How far a frame may be ahead of the exchange's clock."""

SKEW_MS = 1_000
"""How much later than its publication a change may be: the exchange's servers differ a little."""

MAX_LAG_MS = 60_000
"""How much earlier than its publication a change may be."""

ASK_INTERVAL_S = 1.0

FRESH_S = 1.0
"""How old an answer may be that a frame is refused by."""


class ExchangeClock:
    """Estimates the exchange's time; knows nothing until REST has told it once."""

    def __init__(self) -> None:
        self._told_ms: int | None = None
        self._told_s = 0.0
        self._seen_ms = 0
        self._ask_due_s = float("-inf")

    def on_time(self, time_ms: int, now_s: float) -> None:
        """Note what REST told."""
        self._told_ms, self._told_s = time_ms, now_s

    def may_ask(self, now_s: float) -> bool:
        """Tell whether it may be asked again; it is then taken to be asked."""
        if now_s < self._ask_due_s:
            return False
        self._ask_due_s = now_s + ASK_INTERVAL_S
        return True

    def doubts(self, publish_time_ms: int, now_s: float) -> bool:
        """Tell whether a frame is too far ahead of what is known, and REST may know more."""
        if self._told_ms is None or now_s - self._told_s <= FRESH_S:
            return False
        if publish_time_ms >= LAST_EVENT_TIME_MS:  # of another unit
            return False
        return publish_time_ms > self._clock_ms(now_s) + MAX_AHEAD_MS

    def _clock_ms(self, now_s: float) -> int:
        told_ms = self._told_ms or 0
        return max(told_ms + round((now_s - self._told_s) * 1000), self._seen_ms)

    def check(self, publish_time_ms: int, change_time_ms: int, now_s: float) -> None:
        """Refuse the times of a frame that cannot be; 0 stands for a time that it does not tell.

        Raises:
            MalformedRecordError: reason ``bad_time``.
        """
        if publish_time_ms:
            self._check_publish(check_event_time_ms(publish_time_ms, "E"), now_s)
        if change_time_ms:
            check_event_time_ms(change_time_ms, "T")
            if not -SKEW_MS <= publish_time_ms - change_time_ms <= MAX_LAG_MS:
                raise MalformedRecordError(
                    "bad_time",
                    f"T: expected at most {MAX_LAG_MS} ms before E {publish_time_ms} and not after "
                    f"it, found {change_time_ms}",
                )
        self._seen_ms = max(self._seen_ms, publish_time_ms)

    def _check_publish(self, time_ms: int, now_s: float) -> None:
        if self._told_ms is None:
            return
        clock_ms = self._clock_ms(now_s)
        if time_ms > clock_ms + MAX_AHEAD_MS:
            raise MalformedRecordError(
                "bad_time",
                f"E: expected at most {MAX_AHEAD_MS} ms after the exchange's clock {clock_ms}, "
                f"found {time_ms}",
            )
