"""The proven part of one symbol's book: levels, scalars of the top, a digest.

Theory of operation
-------------------
A snapshot lists the best levels of a side, at most as many as were requested. It proves every
price from the best to its worst level, the *edge*: the listed levels exist, and there is nothing
between them. A diff reports every change of any price, so within the edge the book stays exact.
Beyond it only later changes would be known, and a level that rests there untouched would be missed.
Hence:

* The proven range is fixed by the snapshot; no diff widens it, only a new snapshot replaces it.
  A side that came with fewer levels than requested is known as a whole and has no edge.
* A change beyond the edge is not remembered: it may not be published as if proven.
* A sum over n levels is None when fewer are proven, and depth within a band is None when the
  band's end lies beyond the edge. Unknown is never zero and never a part of the sum.
* When the best level comes near the edge, a new snapshot is due (`near_edge`); when it passes
  the edge, the top is unknown (`range_lost`).
* A best bid at or above the best ask is impossible: the content is wrong (`crossed`).

`market.books.sync` decides whether a diff may be applied, and what to do when it may not.
"""

from hashlib import blake2b
from typing import Self

from market.books.depth_updates import BookSnapshot, DepthDiff, Level
from market.books.side import BookSide
from market.books.tops import BookTop, TopLevels


class OrderBook:
    """Proven levels of both sides at one update id.

    Args:
        snapshot: its initial content.

    Attributes:
        last_update_id: id of the last change in it.
        event_time_ms: the exchange's time of that change, or of a later instant at which nothing
            had changed since (`date`); None while only a snapshot is known.
        quote_time_ms: the exchange's time of that change; None when only a snapshot showed it.
    """

    __slots__ = (
        "_at_snapshot",
        "asks",
        "bids",
        "event_time_ms",
        "last_update_id",
        "quote_time_ms",
    )

    def __init__(self, snapshot: BookSnapshot) -> None:
        limit = snapshot.limit or 0
        self.bids = BookSide(1, snapshot.bids, whole=len(snapshot.bids) < limit)
        self.asks = BookSide(-1, snapshot.asks, whole=len(snapshot.asks) < limit)
        self.last_update_id = snapshot.last_update_id
        self.event_time_ms: int | None = None
        self.quote_time_ms: int | None = None
        self._at_snapshot = True

    def copy(self) -> Self:
        """Return an independent copy."""
        other = object.__new__(type(self))
        other.bids, other.asks = self.bids.copy(), self.asks.copy()
        other.last_update_id = self.last_update_id
        other.event_time_ms, other.quote_time_ms = self.event_time_ms, self.quote_time_ms
        other._at_snapshot = self._at_snapshot
        return other

    @property
    def crossed(self) -> bool:
        """True when the best bid is not below the best ask."""
        bid, ask = self.bids.best_price_e8, self.asks.best_price_e8
        return bid is not None and ask is not None and bid >= ask

    @property
    def range_lost(self) -> bool:
        """True when the best level of a side has left the proven range."""
        return self.bids.range_lost or self.asks.range_lost

    @property
    def near_edge(self) -> bool:
        """True when a new snapshot is due because a best level is near its edge."""
        return self.bids.near_edge or self.asks.near_edge

    def is_continued_by(self, diff: DepthDiff) -> bool:
        """Return whether nothing is missing between the book and a newer diff."""
        if self._at_snapshot:
            return diff.continues_snapshot(self.last_update_id)
        return diff.continues(self.last_update_id)

    def apply(self, diff: DepthDiff) -> None:
        """Apply a diff that continues the book."""
        self.bids.apply(diff.bids)
        self.asks.apply(diff.asks)
        self.last_update_id = diff.last_update_id
        self.event_time_ms = self.quote_time_ms = diff.event_time_ms
        self._at_snapshot = False

    def date(self, time_ms: int) -> None:
        """Note an exchange time at which the book was so, if no diff has dated it."""
        if self.event_time_ms is None:
            self.event_time_ms = time_ms

    def top(self) -> BookTop | None:
        """Return the scalars; None while a side has no proven level or the book has no time."""
        bid, ask = self.bids.best_price_e8, self.asks.best_price_e8
        if bid is None or ask is None or self.event_time_ms is None:
            return None
        mid2 = bid + ask
        return BookTop(
            self.last_update_id,
            self.event_time_ms,
            self.quote_time_ms,
            self.bids.top(mid2),
            self.asks.top(mid2),
        )

    def levels(self, count: int | None = None) -> tuple[list[Level], list[Level]]:
        """Return the best proven bids and asks, best first; all when `count` is None."""
        return self.bids.levels(count), self.asks.levels(count)

    def top_levels(self, count: int) -> TopLevels:
        """Return the best levels as arrays of decimal strings."""
        return TopLevels.of_levels(self.last_update_id, *self.levels(count))

    def digest(self) -> str:
        """Return a digest of all proven levels: equal for equal levels, however they came about."""
        return blake2b(repr(self.levels()).encode(), digest_size=16).hexdigest()
