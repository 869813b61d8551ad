"""Estimates the exchange's clock, and refuses frames whose times do not fit it.

Pure. REST reports the time now and then. In between, our monotonic clock and the accepted frames
advance the estimate; frames do, because a replay may run faster than any clock. A frame far ahead
of all three is refused: it would close windows that have not begun. REST is asked first, unless the
frame is absurd and the last answer fresh. If the frame before showed the same time, the clock of
REST is behind, and the frame is taken. REST is not trusted blindly either: an answer that is ahead
of all three, or far behind, needs a second one that agrees.

What must not be dated too early is dated by the latest instant that the clock may show
(`latest_ms`). An answer that is behind lowers the estimate at once, but this instant only after a
while: a cache may have given it.
"""

from collections import deque

from market.dictionary.event_times import LAST_EVENT_TIME_MS, check_event_time_ms
from market.errors import MalformedRecordError

MAX_AHEAD_MS = 60_000
"""A time further ahead of the exchange's clock is absurd."""

JUMP_MS = 5_000
"""A frame or an answer further ahead of what is known proves nothing on its own."""

SKEW_MS = 1_000
"""How much later than its publication a change may be dated: server clocks differ a little."""

MAX_LAG_MS = 60_000
"""How much earlier than its publication a change may be dated."""

MAX_PACE = 100
"""How much faster than ours the clock of a replay may run between two answers."""

AGREE_S = 0.5
"""Two answers, or two frames, must be this far apart to agree: one cause may make both wrong."""

ASK_INTERVAL_S = 1.0

FRESH_S = 1.0
"""How old an answer may be to refuse a frame without asking REST again."""

REMEMBERED_S = 60.0
"""How long a later instant outweighs answers that are behind it: a cache is believed as long
(`MAX_AHEAD_MS`)."""


class ExchangeClock:
    """Estimates the exchange's time; knows nothing until REST has reported it once.

    Args:
        ahead_ms: how far a frame may be ahead of the clock.
    """

    def __init__(self, ahead_ms: int = MAX_AHEAD_MS) -> None:
        self._ahead_ms = ahead_ms
        self._answer_ms: int | None = None
        self._answer_s = 0.0
        self._doubted: tuple[int, float] | None = None
        """An answer that was not believed, and when it came."""
        self._ahead: tuple[int, float] | None = None
        """Publish time and arrival of the first of the last frames, if they are too far ahead."""
        self._seen_ms = 0
        self._shown: deque[tuple[float, int]] = deque()
        """Since when no more than this was shown: the exchange's time less ours, falling."""
        self._ask_due_s = float("-inf")

    def on_time(self, time_ms: int, now_s: float) -> None:
        """Note a time that REST reported."""
        self._answer_ms, self._answer_s = time_ms, now_s
        self._show(time_ms, now_s)

    def _show(self, time_ms: int, now_s: float) -> None:
        ahead_ms, since_s = time_ms - round(now_s * 1000), now_s
        while self._shown and self._shown[-1][1] <= ahead_ms:
            since_s, _ = self._shown.pop()
        self._shown.append((since_s, ahead_ms))
        # An estimate that was ahead, by a wrong answer or our fast clock, must not stay for ever.
        while len(self._shown) > 1 and now_s - self._shown[1][0] >= REMEMBERED_S:
            self._shown.popleft()

    def believe(self, time_ms: int, now_s: float) -> bool:
        """Note an answer of REST if it is plausible; return whether it may prove anything.

        An answer that is ahead of the clock, or far behind, is believed once a second one agrees
        with it: a wrong one ahead would close windows that have not begun. The very first answer
        is noted, since nothing else is known, but proves nothing.
        """
        knows = self._answer_ms is not None or self._seen_ms > 0
        is_near = knows and -MAX_AHEAD_MS <= time_ms - self._clock_ms(now_s) <= JUMP_MS
        if is_near or self._is_second(time_ms, now_s):
            self._doubted = None
            if not is_near:
                self._shown.clear()  # the two contradict what was shown before
        else:
            # Kept for a while, or answers in quick succession could never agree with it.
            if self._doubted is None or now_s - self._doubted[1] >= AGREE_S:
                self._doubted = time_ms, now_s
            if knows:
                return False
        self.on_time(time_ms, now_s)
        return knows

    def _is_second(self, time_ms: int, now_s: float) -> bool:
        """Return whether an answer agrees with an earlier one that was not believed."""
        if self._doubted is None or now_s - self._doubted[1] < AGREE_S:
            return False
        grown_ms, passed_ms = time_ms - self._doubted[0], 1000 * (now_s - self._doubted[1])
        return -MAX_AHEAD_MS <= grown_ms <= MAX_AHEAD_MS + MAX_PACE * passed_ms

    def corroborate(self, publish_time_ms: int, time_ms: int, now_s: float) -> bool:
        """Note the time that a frame and REST agree on; return whether there is one."""
        if not publish_time_ms or publish_time_ms > time_ms + self._ahead_ms:
            return False
        # Both have shown at least the lesser of the two.
        self.on_time(min(publish_time_ms, time_ms), now_s)
        return True

    def may_ask(self, now_s: float) -> bool:
        """Return whether REST may be asked again; if so, it counts as asked."""
        if now_s < self._ask_due_s:
            return False
        self._ask_due_s = now_s + ASK_INTERVAL_S
        return True

    def doubts(self, publish_time_ms: int, now_s: float) -> bool:
        """Return whether a frame is too far ahead of what is known, and REST may know more."""
        if self._answer_ms is None or publish_time_ms >= LAST_EVENT_TIME_MS:  # in another unit
            return False
        ahead_ms = publish_time_ms - self._clock_ms(now_s)
        if ahead_ms > MAX_AHEAD_MS and now_s - self._answer_s <= FRESH_S:
            # REST has only just answered: the frame is refused without asking again.
            return False
        return ahead_ms > self._ahead_ms and not self._is_second_frame(publish_time_ms, now_s)

    def _is_second_frame(self, time_ms: int, now_s: float) -> bool:
        """Return whether the frame before showed the same time as this one, which is ahead.

        Any frame that is not ahead ends the doubt: where all others fit the clock, it is right. The
        same frame from another connection is no witness, nor is one that comes at the same time:
        whatever made the first one wrong may have made it wrong as well.
        """
        if self._ahead is None or not self._follows_ahead(time_ms, now_s):
            return False
        is_another = time_ms != self._ahead[0] and now_s - self._ahead[1] >= AGREE_S
        return is_another and time_ms <= self._clock_ms(now_s) + MAX_AHEAD_MS

    def _follows_ahead(self, time_ms: int, now_s: float) -> bool:
        """Return whether a frame shows the time of the first one that was ahead, as it goes on."""
        if self._ahead is None:
            return False
        grown_ms, passed_ms = time_ms - self._ahead[0], 1000 * (now_s - self._ahead[1])
        return abs(grown_ms - passed_ms) <= JUMP_MS

    def latest_ms(self, now_s: float) -> int:
        """Return the latest instant that the exchange's clock may show now; 0 before any answer."""
        shown_ms = self._shown[0][1] + round(now_s * 1000) if self._shown else 0
        return max(shown_ms, self._seen_ms)

    def _clock_ms(self, now_s: float) -> int:
        answer_ms = self._answer_ms or 0
        return max(answer_ms + round((now_s - self._answer_s) * 1000), self._seen_ms)

    def check(self, publish_time_ms: int, change_time_ms: int, now_s: float) -> None:
        """Refuse a frame with impossible times; 0 stands for a time that it does not carry.

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
        if publish_time_ms > self.latest_ms(now_s):
            self._show(publish_time_ms, now_s)
        self._seen_ms = max(self._seen_ms, publish_time_ms)

    def _check_publish(self, time_ms: int, now_s: float) -> None:
        if self._answer_ms is None:
            return
        clock_ms = self._clock_ms(now_s)
        if time_ms <= clock_ms + self._ahead_ms:
            self._ahead = None
            return
        is_second = self._is_second_frame(time_ms, now_s)
        if is_second or not self._follows_ahead(time_ms, now_s):
            self._ahead = time_ms, now_s
        if not is_second:
            raise MalformedRecordError(
                "bad_time",
                f"E: expected at most {self._ahead_ms} ms after the exchange's clock {clock_ms}, "
                f"found {time_ms}",
            )
