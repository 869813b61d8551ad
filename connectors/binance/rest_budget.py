"""When a REST request may be sent: the exchange's weight limit and its orders to wait.

Shared by all threads of a task. The exchange counts weight per address and clock minute.
"""

import threading

from connectors.runtime.clock import Clock

WEIGHT_LIMIT = 4_800
"""Of 6,000 a minute: the rest is left to other programs behind the same address."""

MINUTE_MS = 60_000


class RestBudget:
    """Says how long to wait before the next request.

    Args:
        clock: the machine's, or a test's.
        weight_limit: used weight from which on the next minute is waited for.
    """

    def __init__(self, clock: Clock, weight_limit: int = WEIGHT_LIMIT) -> None:
        self._weight_limit = weight_limit
        self._clock = clock
        self._lock = threading.Lock()
        self._blocked_until_ms = 0
        self.used_weight = 0

    def wait_s(self) -> float:
        """Return the seconds to wait before the next request, 0 for none."""
        with self._lock:
            return max(0, self._blocked_until_ms - self._clock.time_ms()) / 1000

    def used(self, weight: int) -> None:
        """Note the weight of this minute as a response told it."""
        self.used_weight = weight
        if weight >= self._weight_limit:
            now_ms = self._clock.time_ms()
            self._block_until(now_ms - now_ms % MINUTE_MS + MINUTE_MS)

    def retry_after(self, seconds: float) -> None:
        """Note that the exchange refused a request and said when to come back."""
        self._block_until(self._clock.time_ms() + round(seconds * 1000))

    def _block_until(self, time_ms: int) -> None:
        with self._lock:
            self._blocked_until_ms = max(self._blocked_until_ms, time_ms)
