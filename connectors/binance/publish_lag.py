"""How far publish times run ahead of the times of the changes that they publish.

Pure. Usually some milliseconds; in a load spike seconds. What a frame proves is on the clock of the
changes: everything that was made before its publish time less the lag.
"""

from collections import deque

REMEMBERED_MS = 60_000
"""How long a lag counts, in exchange time: spikes come in series."""


class PublishLag:
    """Remembers the largest lag of one market of late."""

    __slots__ = ("_falling", "_newest_ms")

    def __init__(self) -> None:
        self._falling: deque[tuple[int, int]] = deque()  # publish time and lag, largest lag first
        self._newest_ms = 0

    @property
    def lag_ms(self) -> int:
        """The largest lag of the last `REMEMBERED_MS`; 0 where changes tell no own time."""
        return self._falling[0][1] if self._falling else 0

    def on_frame(self, publish_time_ms: int, change_time_ms: int) -> None:
        """Note a frame; `change_time_ms` is 0 when it tells none."""
        if not change_time_ms:
            return
        lag_ms = max(0, publish_time_ms - change_time_ms)
        falling = self._falling
        while falling and falling[-1][1] <= lag_ms:
            falling.pop()
        falling.append((publish_time_ms, lag_ms))
        self._newest_ms = max(self._newest_ms, publish_time_ms)
        while falling[0][0] < self._newest_ms - REMEMBERED_MS:
            falling.popleft()
