"""The exchange's clock: how real seconds become the exchange's milliseconds.

Theory of operation. The clock has three states:

* *standing*: before the start it shows the feed's `start_ms`;
* *playing*: at a finite speed it runs that many times faster than real time, but never reaches
  the next frame that is still unsent, so that everything before the time it shows has been
  sent, and pauses may be added afterwards; at speed `MAX_SPEED` it shows the time of the last
  frame sent;
* *idle*: after the last frame it continues from there at the idle speed.

It never goes back. Real time is passed in (monotonic seconds); this module reads no clock.
"""

import math

MAX_SPEED = math.inf


class ReplayClock:
    """The clock of one replay.

    Args:
        start_ms: what it shows while it stands.
        speed: exchange seconds in one real second; `MAX_SPEED` follows the frames.
        idle_speed: the same after the last frame.
    """

    def __init__(self, start_ms: int, speed: float, idle_speed: float) -> None:
        self._shown_ms = start_ms
        self._speed = speed
        self._idle_speed = idle_speed
        self._anchor_ms = start_ms
        self._anchor_s: float | None = None
        self._next_due_ms: int | None = None
        self.finished = False

    @property
    def started(self) -> bool:
        """True once the clock runs."""
        return self._anchor_s is not None

    def start(self, real_s: float) -> None:
        """Let a standing clock run from the real instant."""
        self._anchor_s = real_s

    def add_pause(self, seconds: float) -> None:
        """Let the running clock have stood still for a number of real seconds."""
        if self._anchor_s is not None:
            self._anchor_s += seconds

    def expect(self, due_ms: int) -> None:
        """Note when the next unsent frame is due; all frames before it have been sent."""
        self._next_due_ms = due_ms

    def finish(self, real_s: float) -> None:
        """Note that the last expected frame has been sent and no other will come."""
        self._shown_ms = self._anchor_ms = max(self.now_ms(real_s), self._next_due_ms or 0)
        self._anchor_s = real_s
        self._speed, self._next_due_ms = self._idle_speed, None
        self.finished = True

    def seconds_until(self, due_ms: int, real_s: float) -> float:
        """Return the real seconds until the instant; zero or less when it has come."""
        if self._anchor_s is None or self._speed == MAX_SPEED:
            return 0.0
        return self._anchor_s + (due_ms - self._anchor_ms) / (1000 * self._speed) - real_s

    def now_ms(self, real_s: float) -> int:
        """Return the exchange's time at the real instant."""
        if self._anchor_s is not None:
            self._shown_ms = max(self._shown_ms, self._running_ms(self._anchor_s, real_s))
        return self._shown_ms

    def _running_ms(self, anchor_s: float, real_s: float) -> int:
        limit_ms = self._shown_ms if self._next_due_ms is None else self._next_due_ms - 1
        if self._speed == MAX_SPEED:
            return limit_ms
        paced_ms = self._anchor_ms + int((real_s - anchor_s) * 1000 * self._speed)
        return paced_ms if self._next_due_ms is None else min(paced_ms, limit_ms)
