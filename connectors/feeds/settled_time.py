"""The time up to which a whole market is settled, and when that is reported.

Pure. Proven is the minimum over all connections that hold the time. Settled is a little less, since
one symbol's change may be published later than another's, and never past the last diff of a book
whose next one is due. A connection that is down holds nothing, as its books are unknown. While none
holds, the time that REST reports is settled. Only whole seconds are reported: they are the ends of
the shortest windows.
"""

from collections.abc import Sequence

from connectors.feeds.connection_group import ConnectionGroup
from market.books.published_book import SETTLE_MS
from market.books.timeline import BOUNDARY_MS, MAX_BOUNDARIES


class SettledTime:
    """Tracks what the connections of a market have settled.

    Args:
        groups: all of them.
        heartbeat_interval_s: longest time between two heartbeats, in seconds.
    """

    def __init__(self, groups: Sequence[ConnectionGroup], heartbeat_interval_s: float) -> None:
        self._groups = groups
        self._interval_s = heartbeat_interval_s
        self._heartbeat_due_s = 0.0
        self.idle_ms = 0
        """The exchange's time as REST reported it; counts while no connection holds the time."""
        self.settled_ms = 0
        """The last settled second; 0 before the first."""
        self.due_proven_ms = BOUNDARY_MS + SETTLE_MS
        """The proven time after which the next second can be settled."""

    @property
    def is_idle(self) -> bool:
        """True while no connection holds the time."""
        return not any(group.holds for group in self._groups)

    def advance(self, bound_ms: int | None = None) -> range:
        """Return the instants to settle now, in order.

        Args:
            bound_ms: the last diff of a book whose next one is due; None without such a book.
        """
        proven_ms = [group.proven_ms for group in self._groups if group.holds]
        settled_ms = min(proven_ms, default=self.idle_ms) - SETTLE_MS
        if bound_ms is not None:
            settled_ms = min(settled_ms, bound_ms)
        settled_ms -= settled_ms % BOUNDARY_MS
        if settled_ms <= self.settled_ms:
            return range(0)
        # A long jump does not fill every second in between: MAX_BOUNDARIES at most.
        first_ms = max(
            self.settled_ms + BOUNDARY_MS, settled_ms - (MAX_BOUNDARIES - 1) * BOUNDARY_MS
        )
        if not self.settled_ms:
            first_ms = settled_ms
        self.settled_ms = settled_ms
        self.due_proven_ms = settled_ms + BOUNDARY_MS + SETTLE_MS
        return range(first_ms, settled_ms + 1, BOUNDARY_MS)

    def heartbeat_is_due(self, now_s: float) -> bool:
        """Return whether it is time to report the last settled second again."""
        return bool(self.settled_ms) and now_s >= self._heartbeat_due_s

    def on_heartbeat(self, now_s: float) -> None:
        """Note that a heartbeat was written."""
        self._heartbeat_due_s = now_s + self._interval_s
