"""The time up to which a whole market is settled, and when that is told.

Pure. What is proven is the least of all connections; what is settled lies behind it by the little
that one symbol's change may be published later than another's. Only whole seconds are told: they
are the ends of the shortest windows.
"""

from collections.abc import Sequence

from connectors.binance.lane import Lane
from market.book_timeline import BOUNDARY_MS, MAX_BOUNDARIES

SETTLE_MS = 500
"""How much later than others a change may be published; the exchange batches 100 ms."""


class SettledTime:
    """Follows the connections of a market.

    Args:
        lanes: all of them.
        heartbeat_interval_s: longest time between two heartbeats, in seconds.
    """

    def __init__(self, lanes: Sequence[Lane], heartbeat_interval_s: float) -> None:
        self._lanes = lanes
        self._interval_s = heartbeat_interval_s
        self._heartbeat_due_s = 0.0
        self.settled_ms = 0
        """The last second that was settled; 0 while none is."""
        self.due_proven_ms = BOUNDARY_MS + SETTLE_MS
        """Proven time from which on it is worth to look for further seconds."""

    def advance(self) -> range:
        """Return the instants to settle now, in order."""
        settled_ms = min(lane.proven_ms for lane in self._lanes) - SETTLE_MS
        settled_ms -= settled_ms % BOUNDARY_MS
        if settled_ms <= self.settled_ms:
            return range(0)
        first_ms = max(
            self.settled_ms + BOUNDARY_MS, settled_ms - (MAX_BOUNDARIES - 1) * BOUNDARY_MS
        )
        if not self.settled_ms:
            first_ms = settled_ms
        self.settled_ms = settled_ms
        self.due_proven_ms = settled_ms + BOUNDARY_MS + SETTLE_MS
        return range(first_ms, settled_ms + 1, BOUNDARY_MS)

    def heartbeat_is_due(self, now_s: float) -> bool:
        """Tell whether the last settled second is to be told again."""
        return bool(self.settled_ms) and now_s >= self._heartbeat_due_s

    def on_heartbeat(self, now_s: float) -> None:
        """Note that a heartbeat was written."""
        self._heartbeat_due_s = now_s + self._interval_s
