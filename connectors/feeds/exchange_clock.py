"""The exchange's clock as far as it is known, and which times of frames it allows.

Pure. REST tells the time now and then; in between our monotonic clock goes on, and so do frames
that were accepted, as a replay may be faster than any clock. A frame that is far ahead of all three
is refused: it would close windows that have not begun. REST is asked first when its answer is old.
What REST tells is not believed blindly either: an answer far from all three needs a second one.
"""

from market.dictionary.event_times import LAST_EVENT_TIME_MS, check_event_time_ms
from market.errors import MalformedRecordError

MAX_AHEAD_MS = 60_000
"""How far a frame may be ahead of the exchange's clock."""

SKEW_MS = 1_000
"""How much later than its publication a change may be: the exchange's servers differ a little."""

MAX_LAG_MS = 60_000
"""How much earlier than its publication a change may be."""

MAX_PACE = 100
"""How much faster than ours the clock of a replay may go between two answers."""

AGREE_S = 0.5
"""Least time between two answers that agree: one cache may answer both of two questions at once."""

ASK_INTERVAL_S = 1.0

FRESH_S = 1.0
"""How old an answer may be that a frame is refused by."""


class ExchangeClock:
    """Estimates the exchange's time; knows nothing until REST has told it once."""

    def __init__(self) -> None:
        self._told_ms: int | None = None
        self._told_s = 0.0
        self._odd: tuple[int, float] | None = None  # an answer not believed, and when it came
        self._seen_ms = 0
        self._ask_due_s = float("-inf")

    def on_time(self, time_ms: int, now_s: float) -> None:
        """Note what REST told."""
        self._told_ms, self._told_s = time_ms, now_s

    def believe(self, time_ms: int, now_s: float) -> bool:
        """Note what REST told if it can be; tell whether anything may be proven by it.

        One that is far from the clock is believed when a second answer agrees with it. The first
        one of all is noted, as nothing else is known, and proves nothing.
        """
        knows = self._told_ms is not None or self._seen_ms > 0
        is_near = knows and abs(time_ms - self._clock_ms(now_s)) <= MAX_AHEAD_MS
        if is_near or self._is_second(time_ms, now_s):
            self._odd = None
        else:
            if self._odd is None or now_s - self._odd[1] >= AGREE_S:
                self._odd = time_ms, now_s
            if knows:
                return False
        self.on_time(time_ms, now_s)
        return knows

    def _is_second(self, time_ms: int, now_s: float) -> bool:
        """Tell whether an answer agrees with the one before it, which was not believed."""
        if self._odd is None or now_s - self._odd[1] < AGREE_S:
            return False
        grown_ms, passed_ms = time_ms - self._odd[0], 1000 * (now_s - self._odd[1])
        return -MAX_AHEAD_MS <= grown_ms <= MAX_AHEAD_MS + MAX_PACE * passed_ms

    def support(self, publish_time_ms: int, time_ms: int, now_s: float) -> bool:
        """Note the time that a doubtful frame and an answer of REST show together, if they do."""
        if not publish_time_ms or publish_time_ms > time_ms + MAX_AHEAD_MS:
            return False
        self.on_time(min(publish_time_ms, time_ms), now_s)
        return True

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
