"""Keeps one symbol's book in step with the exchange, or says that it cannot.

What lives here is pure: no clock, no I/O. The connector feeds diffs and snapshots, publishes the
returned tops, and fetches a snapshot whenever `needs_snapshot` is true and none is on its way.
Other symbols are never affected.

Theory of operation
-------------------
* AWAITING: nothing has come yet. A snapshot is needed even so, as a quiet symbol may stay silent
  for long; one that comes before any diff starts the book.
* BUFFERING: diffs wait, each continuing the one before, for a snapshot that reaches into them.
* LIVE: snapshot and diffs are joined and every diff since continues the one before.
* STALE: was LIVE, and its continuity was lost: a gap, a cut or silent connection, a full buffer,
  or a top that left the proven range. CROSSED: was LIVE, and its content proved wrong. Both
  continue like BUFFERING; the names say why nothing is published.

Continuity, as the exchange defines it (`U`, `u`, `pu`: first, last, previous update id):

* spot: `U <= last + 1 <= u`, for the first diff after a snapshot and for all others. Ids are
  consecutive, so in one connection `U == last + 1` after the first. A diff that overlaps is fine:
  sizes are absolute, and it reports every change after `last`.
* USD-M: ids are sparse. First diff after a snapshot: `pu <= last <= u` or `U <= last <= u`; the
  exchange documents the latter, which never holds when the snapshot fell into the gap before
  `U`. All others: `pu == last`.
* `u <= last` is a replay, from whatever connection, and changes nothing, unless its time is later
  than the book's: then ids have restarted, and so does the book.
* Anything else is a gap: what was known is discarded, and the diff is the first of a new buffer.

A snapshot older than the first buffered diff cannot be joined: `Refetch`, while buffering
continues. The buffer is bounded; when it is full, its diffs are dropped and it starts over, so that
a snapshot that never comes costs a known amount of memory.

A live book is refreshed without a pause. When its top nears the end of the proven range, or when
the caller asks (`request_snapshot`), diffs are applied and also kept, next to a copy of the book as
it was. When the snapshot comes, the copy is brought to the snapshot's id and compared with it
(`audit`), and the kept diffs after that id bring the new book to the present. A snapshot ahead of
the book waits until the diffs have brought the book there: it must not hide the changes before it.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from market.books.decisions import (
    Applied,
    Buffered,
    Decision,
    Ignored,
    Refetch,
    Resync,
    ResyncReason,
    Synced,
)
from market.books.depth_updates import BookSnapshot, DepthDiff, Level
from market.books.kept_diffs import KeptDiffs
from market.books.order_book import OrderBook
from market.books.scaled_decimals import from_e8


class BookState(StrEnum):
    """The state of a book; see the theory of operation."""

    AWAITING = "awaiting"
    BUFFERING = "buffering"
    LIVE = "live"
    STALE = "stale"
    CROSSED = "crossed"


class BookSync:
    """The state machine of one symbol's book.

    Args:
        symbol: upper case, for the texts of its decisions.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self._state = BookState.AWAITING
        self._book: OrderBook | None = None
        self._kept = KeptDiffs()
        self._ahead: BookSnapshot | None = None

    @property
    def state(self) -> BookState:
        """The state of the book."""
        return self._state

    @property
    def book(self) -> OrderBook | None:
        """The verified book; None unless LIVE."""
        return self._book

    @property
    def ahead(self) -> BookSnapshot | None:
        """The snapshot that waits until the diffs have brought the live book to its id."""
        return self._ahead

    @property
    def needs_snapshot(self) -> bool:
        """True while a snapshot should be on its way."""
        return self._book is None or (self._refreshing and self._ahead is None)

    @property
    def _refreshing(self) -> bool:
        return self._kept.before is not None

    def request_snapshot(self) -> None:
        """Request a snapshot that audits and refreshes a live book; any other needs one anyway."""
        if self._book is not None and not self._refreshing:
            self._kept = KeptDiffs(self._book.copy())

    def shows_loss(self, diff: DepthDiff) -> bool:
        """Return whether a diff shows that the live book was wrong before it.

        An earlier diff was missed, or ids have restarted.
        """
        book = self._book
        if book is None:
            return False
        if diff.last_update_id <= book.last_update_id:
            return _ids_restarted(book.event_time_ms, diff)
        return not book.is_continued_by(diff)

    def on_diff(self, diff: DepthDiff) -> Decision:
        """Take a diff of the stream, in the order of arrival."""
        book = self._book
        if book is None:
            return self._buffer(diff)
        if diff.last_update_id <= book.last_update_id:
            return self._repeat_or_reset(book.last_update_id, book.event_time_ms, diff)
        if not book.is_continued_by(diff):
            return self._gap(book.last_update_id, diff)
        book.apply(diff)
        if fault := _fault(book):
            return self._lose(fault, book, (*self._kept.diffs, diff))
        self._keep_for_refresh(book, diff)
        if self._ahead is not None and book.last_update_id >= self._ahead.last_update_id:
            return self._reach(self._ahead)
        return Applied(book.top())

    def _reach(self, snapshot: BookSnapshot) -> Decision:
        decision = self._join(snapshot)
        if not isinstance(decision, Synced) or self._book is None:
            return decision
        return Applied(self._book.top(), decision.audit)

    def on_snapshot(self, snapshot: BookSnapshot) -> Decision:
        """Take a snapshot, whoever requested it."""
        if self._book is not None and not self._refreshing:
            return Ignored(self._book.last_update_id)
        if not self._kept.reached_by(snapshot.last_update_id):
            return Refetch(
                f"{self.symbol}: the snapshot at update id {snapshot.last_update_id} is older than "
                "the first kept diff; fetch another one"
            )
        if self._book is not None and snapshot.last_update_id > self._book.last_update_id:
            self._ahead = snapshot
            return Ignored(self._book.last_update_id)
        return self._join(snapshot)

    def _join(self, snapshot: BookSnapshot) -> Synced | Resync:
        book, tops = self._kept.join(snapshot)
        if fault := _fault(book):
            return self._lose(fault, book, self._kept.diffs)
        if self._book is not None:
            tops = tops[-1:]
        checked = self._kept.audit(snapshot)
        self._book, self._state = book, BookState.LIVE
        self._kept, self._ahead = KeptDiffs(), None
        return Synced(tuple(tops), checked)

    def on_disconnected(self) -> Resync:
        """Note that the connection was lost: diffs are missed, and nothing is proven any more."""
        last_id = self._last_id()
        detail = f"the connection was lost after update id {last_id}"
        return self._discard(Resync(ResyncReason.DISCONNECTED, detail, last_id), ())

    def distrust(self, reason: ResyncReason, detail: str) -> Resync:
        """Discard a book that something else from the exchange has shown to be wrong.

        Args:
            reason: MISMATCH, SILENT or BAD_TIME.
            detail: what was expected and what was found.
        """
        return self._discard(Resync(reason, detail, self._last_id()), ())

    def _last_id(self) -> int | None:
        return self._kept.last_update_id if self._book is None else self._book.last_update_id

    def _buffer(self, diff: DepthDiff) -> Decision:
        last_id = self._kept.last_update_id
        if last_id is not None and diff.last_update_id <= last_id:
            return self._repeat_or_reset(last_id, self._kept.diffs[-1].event_time_ms, diff)
        if last_id is not None and not diff.continues(last_id):
            return self._gap(last_id, diff)
        if self._kept.full:
            detail = f"{len(self._kept.diffs)} diffs were waiting for a snapshot"
            return self._discard(Resync(ResyncReason.OVERFLOW, detail, last_id), (diff,))
        self._kept.diffs.append(diff)
        if self._state is BookState.AWAITING:
            self._state = BookState.BUFFERING
        return Buffered(len(self._kept.diffs))

    def _repeat_or_reset(self, last_id: int, time_ms: int | None, diff: DepthDiff) -> Decision:
        """Ignore a replay; a later change with a smaller id means that ids have restarted."""
        if time_ms is None or not _ids_restarted(time_ms, diff):
            return Ignored(last_id)
        detail = (
            f"expected an update id after {last_id}, found {diff.last_update_id} "
            f"{diff.event_time_ms - time_ms} ms later: ids restarted"
        )
        return self._discard(Resync(ResyncReason.SEQUENCE_RESET, detail, last_id), (diff,))

    def _keep_for_refresh(self, book: OrderBook, diff: DepthDiff) -> None:
        """Keep an applied diff while a snapshot is on its way; request one when it is due."""
        if not self._refreshing:
            if book.near_edge:
                self.request_snapshot()
        elif self._kept.full:
            self._kept, self._ahead = KeptDiffs(book.copy()), None
        else:
            self._kept.diffs.append(diff)

    def _gap(self, last_id: int, diff: DepthDiff) -> Resync:
        first_id = diff.first_update_id
        detail = (
            f"expected a diff that continues update id {last_id}, found {first_id} to "
            f"{diff.last_update_id} after {diff.previous_update_id or first_id - 1}"
        )
        return self._discard(Resync(ResyncReason.GAP, detail, last_id, first_id), (diff,))

    def _lose(self, fault: ResyncReason, book: OrderBook, keep: Iterable[DepthDiff]) -> Resync:
        bid, ask = book.levels(1)
        detail = f"best bid {_shown(bid)}, best ask {_shown(ask)}"
        return self._discard(Resync(fault, detail, book.last_update_id), keep)

    def _discard(self, resync: Resync, keep: Iterable[DepthDiff]) -> Resync:
        """Continue without a book, with the diffs that may still be joined to a snapshot."""
        if resync.reason in (ResyncReason.CROSSED, ResyncReason.MISMATCH):
            self._state = BookState.CROSSED
        elif self._book is not None:
            self._state = BookState.STALE
        self._book, self._ahead, self._kept = None, None, KeptDiffs(diffs=keep)
        where = f"{self.symbol} at update id {resync.after_id}: {resync.reason.value}"
        return replace(resync, detail=f"{where}: {resync.detail}; waiting for a new snapshot")


def _ids_restarted(time_ms: int | None, diff: DepthDiff) -> bool:
    """Return whether a diff with known ids is a later change, not a replay."""
    return time_ms is not None and diff.event_time_ms > time_ms


def _fault(book: OrderBook) -> ResyncReason | None:
    """Return why a book may not be published."""
    if book.range_lost:
        return ResyncReason.RANGE_LOST
    return ResyncReason.CROSSED if book.crossed else None


def _shown(best: list[Level]) -> str:
    return from_e8(best[0][0]) if best else "beyond the proven range"
