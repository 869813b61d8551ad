"""How far the time of a task's books is proven, and what holds it back.

Pure: both clocks are arguments. `connectors.feeds.book_feed` decides what follows for the books.

Theory of operation
-------------------
* A frame proves its publish time minus the largest recent lag (`publish_lag`), for its connection.
* Settled is what all connections that hold the time have proven, minus a margin, and not past the
  last diff of a book whose next one is due (`BookHolds`). Both waits are bounded.
* A lost connection holds nothing: its books are unknown. One that is up and proves nothing for
  `hold_max_s` is released as well. It holds again once it has proven what is settled.
* When no connection has held the time for that long, the time that REST reports is settled: all
  books are unknown, and other tasks' windows must not wait for them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.feeds.connection_group import ConnectionGroup
from connectors.feeds.connection_groups import ConnectionGroups
from connectors.feeds.events import DepthReceived, TickerReceived
from connectors.feeds.exchange_clock import JUMP_MS, ExchangeClock
from connectors.feeds.messages import CLOCK, AskTime
from connectors.feeds.publish_lag import PublishLag
from connectors.feeds.settled_time import SettledTime
from market.books.published_book import SETTLE_MS
from market.dictionary.event_times import check_event_time_ms

LONGEST_STEP_S = 1.0
"""The most that counts as waiting between two checks: our own sleep is not their silence."""


@dataclass(slots=True)
class _Hold:
    known_ms: int
    since_ms: int | None = None


class BookHolds:
    """Tracks the books that may not be settled past their last diff, because its successor is due.

    Best bid and ask, or a snapshot, have shown a later update than the book's. The diff is awaited
    for the stream's interval plus a margin, in exchange time; after that the book is unknown from
    its last diff on, and holds nothing.

    Args:
        patience_ms: exchange time for which a diff is awaited.
    """

    def __init__(self, patience_ms: int) -> None:
        self._patience_ms = patience_ms
        self._held: dict[str, _Hold] = {}

    @property
    def bound_ms(self) -> int | None:
        """The instant past which nothing may be settled; None while no book holds the time."""
        if not self._held:
            return None
        return min(hold.known_ms for hold in self._held.values())

    def put(self, symbol: str, known_ms: int | None) -> None:
        """Note the instant up to which a book that is behind is known; None for one that is not."""
        if known_ms is None:
            self._held.pop(symbol, None)
        elif (hold := self._held.get(symbol)) is None or hold.known_ms != known_ms:
            self._held[symbol] = _Hold(known_ms)

    def overdue(self, proven_ms: Callable[[str], int]) -> list[str]:
        """Return the books whose diff did not come in time; they hold nothing any more.

        Args:
            proven_ms: returns the time that the connection of a symbol has proven. Waiting begins
                at the first call, so that earlier time spent in silence does not count.
        """
        overdue = []
        for symbol, hold in self._held.items():
            now_ms = proven_ms(symbol)
            if hold.since_ms is None:
                hold.since_ms = now_ms
            elif now_ms - hold.since_ms > self._patience_ms:
                overdue.append(symbol)
        for symbol in overdue:
            del self._held[symbol]
        return overdue


class MarketTime:
    """Tracks the time of the books of one task.

    Args:
        groups: their connections.
        heartbeat_s: longest time between two heartbeats, in seconds.
        hold_max_s: longest wait for a connection that proves nothing, in seconds.
        diff_interval_ms: how often the exchange sends a diff.
    """

    def __init__(
        self, groups: ConnectionGroups, heartbeat_s: float, hold_max_s: float, diff_interval_ms: int
    ) -> None:
        self.clock = ExchangeClock(JUMP_MS)
        self.holds = BookHolds(diff_interval_ms + SETTLE_MS)
        self.settled = SettledTime(groups.all, heartbeat_s)
        self._lag = PublishLag()
        self._groups = groups
        self._hold_max_s = hold_max_s
        self._idle_s = 0.0
        self._checked_s: float | None = None

    def check(self, event: DepthReceived | TickerReceived, now_s: float) -> None:
        """Refuse a frame with impossible times; note the lag of any other.

        Best bid and ask may carry no time. A diff must: it could not be applied at any instant.

        Raises:
            MalformedRecordError: reason ``bad_time``; the frame proves nothing.
        """
        if isinstance(event, DepthReceived):
            check_event_time_ms(event.publish_time_ms, "E")
        self.clock.check(event.publish_time_ms, event.change_time_ms, now_s)
        self._lag.on_frame(event.publish_time_ms, event.change_time_ms)

    def prove(self, group: ConnectionGroup) -> bool:
        """Adopt the time that a connection has proven; return whether another second may settle."""
        group.prove(self._lag.lag_ms)
        # Not earlier: a group that lags behind what is settled would hold back all others.
        if not group.holds and group.current.is_up and group.proven_ms >= self.settled.settled_ms:
            group.holds, group.waited_s = True, 0.0
        return group.proven_ms >= self.settled.due_proven_ms

    def overdue_books(self) -> list[str]:
        """Return the symbols whose diff did not come in time; they hold nothing any more."""
        return self.holds.overdue(lambda symbol: self._groups.of_symbol[symbol].proven_ms)

    def advance(self) -> range:
        """Return the seconds to settle now, in order."""
        return self.settled.advance(self.holds.bound_ms)

    def release(self, group: ConnectionGroup) -> None:
        """Let the others continue without a connection; its books must be unknown."""
        group.holds, group.waited_s = False, 0.0
        # Nor is a diff awaited for books that are unknown.
        for symbol in group.symbols:
            self.holds.put(symbol, None)

    def overdue_groups(self, now_s: float) -> list[ConnectionGroup]:
        """Return the connections that have held the time for too long; call it once per batch."""
        step_s = min(LONGEST_STEP_S, now_s - (self._checked_s or now_s))
        self._checked_s = now_s
        self._idle_s = self._idle_s + step_s if self.settled.is_idle else 0.0
        overdue = []
        for group in self._groups.all:
            if group.holds:
                group.waited_s += step_s
                if group.waited_s >= self._hold_max_s:
                    overdue.append(group)
        return overdue

    @property
    def _is_idle(self) -> bool:
        # For a while the connections may come back, and prove the time better than REST.
        waits_for_none = not self._groups.all or self._idle_s >= self._hold_max_s
        return self.settled.is_idle and waits_for_none

    def time_requests(self, now_s: float) -> list[AskTime]:
        """Return the time request that is due while no connection proves the time."""
        return [AskTime(CLOCK)] if self._is_idle and self.clock.may_ask(now_s) else []

    def on_time(self, time_ms: int) -> bool:
        """Take a believed answer of REST; return whether it may settle another second."""
        if self._is_idle:
            self.settled.idle_ms = max(self.settled.idle_ms, time_ms)
        return self._is_idle
