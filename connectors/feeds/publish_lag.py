"""How much later than a change its publication is.

Pure. Usually some milliseconds, seconds in a load spike. A frame proves every change made before
its publish time minus the lag. One wrong time must not hold back a market for a minute: a very long
lag that no other frame shows is forgotten much sooner.
"""

from collections import deque

REMEMBERED_MS = 60_000
"""How long a lag counts, in exchange time: spikes come in clusters."""

LONG_MS = 5_000
"""A longer lag than this must be confirmed by another frame within the same time."""


class PublishLag:
    """Remembers the largest recent lag of one market."""

    __slots__ = ("_alone", "_falling", "_newest_ms")

    def __init__(self) -> None:
        self._falling: deque[tuple[int, int]] = deque()  # publish time and lag, largest lag first
        self._alone = (0, 0)
        """Publish time and lag of the last frame with a very long lag; lag 0 without one."""
        self._newest_ms = 0

    @property
    def lag_ms(self) -> int:
        """The largest lag of the last `REMEMBERED_MS`; 0 where changes carry no time."""
        return max(self._falling[0][1] if self._falling else 0, self._alone[1])

    def on_frame(self, publish_time_ms: int, change_time_ms: int) -> None:
        """Note a frame; `change_time_ms` is 0 when it carries none."""
        if not change_time_ms:
            return
        lag_ms = max(0, publish_time_ms - change_time_ms)
        if lag_ms > LONG_MS:
            lag_ms = self._confirmed(publish_time_ms, lag_ms)
        falling = self._falling
        while falling and falling[-1][1] <= lag_ms:
            falling.pop()
        falling.append((publish_time_ms, lag_ms))
        self.on_time(publish_time_ms)

    def on_time(self, time_ms: int) -> None:
        """Forget what is too old at an instant of the exchange."""
        self._newest_ms = max(self._newest_ms, time_ms)
        while self._falling and self._falling[0][0] < self._newest_ms - REMEMBERED_MS:
            self._falling.popleft()
        if self._alone[0] < self._newest_ms - LONG_MS:
            self._alone = 0, 0

    def _confirmed(self, publish_time_ms: int, lag_ms: int) -> int:
        """Return the lag that this frame and the previous one with a long lag show together."""
        before, this = self._alone, (publish_time_ms, lag_ms)
        if before == this:  # the same frame from another connection
            return LONG_MS
        self._alone = this
        return min(lag_ms, max(before[1], LONG_MS))
