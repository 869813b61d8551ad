"""Consecutive diffs that wait for a snapshot on its way, and how they are joined to it.

`market.books.sync` decides when to keep diffs and what to do when they cannot be joined.
"""

from collections.abc import Iterable

from market.books.checks import Audit, audit
from market.books.depth_updates import BookSnapshot, DepthDiff
from market.books.order_book import OrderBook
from market.books.tops import BookTop

MAX_KEPT_DIFFS = 1_000
"""Diffs kept while a snapshot is on its way: 100 s at 100 ms, where 1.5 s is usual; some 10 MB."""


class KeptDiffs:
    """Diffs, each of which continues the one before.

    Args:
        before: the book before the first of them, if it was live; owned by this object.
        diffs: in the order received.
    """

    __slots__ = ("before", "diffs")

    def __init__(self, before: OrderBook | None = None, diffs: Iterable[DepthDiff] = ()) -> None:
        self.before = before
        self.diffs = list(diffs)

    @property
    def last_update_id(self) -> int | None:
        """Id of the last change in them; None without diffs."""
        return self.diffs[-1].last_update_id if self.diffs else None

    @property
    def full(self) -> bool:
        """True when no more may be kept."""
        return len(self.diffs) >= MAX_KEPT_DIFFS

    def reached_by(self, snapshot_id: int) -> bool:
        """Return whether nothing is missing between a snapshot and the first diff."""
        if self.before is not None:
            return snapshot_id >= self.before.last_update_id
        return not self.diffs or self.diffs[0].continues_snapshot(snapshot_id)

    def join(self, snapshot: BookSnapshot) -> tuple[OrderBook, list[BookTop]]:
        """Return the book of a snapshot that reaches the diffs, and its tops after each of them.

        Stops early at a book that may not be published.
        """
        book, tops = OrderBook(snapshot), list[BookTop]()
        if self.before is not None and self.before.last_update_id == book.last_update_id:
            book.event_time_ms = self.before.event_time_ms
            book.quote_time_ms = self.before.quote_time_ms
        for diff in self.diffs:
            if diff.last_update_id > book.last_update_id:
                book.apply(diff)
            elif diff.last_update_id == book.last_update_id:
                book.event_time_ms = book.quote_time_ms = diff.event_time_ms
            if book.crossed or book.range_lost:
                break
            if (top := book.top()) is not None:
                tops.append(top)
        return book, tops

    def audit(self, snapshot: BookSnapshot) -> Audit | None:
        """Bring the book before to a snapshot's id and compare them; None when that is impossible.

        It is impossible when no book was live before, or the snapshot is ahead of all diffs.
        """
        book, snapshot_id = self.before, snapshot.last_update_id
        if book is None:
            return None
        for diff in self.diffs:
            if diff.last_update_id > snapshot_id:
                straddles = diff.first_update_id <= snapshot_id
                return audit(book, snapshot, diff if straddles else None)
            book.apply(diff)
        return audit(book, snapshot) if book.last_update_id == snapshot_id else None
