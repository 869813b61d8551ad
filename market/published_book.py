"""One symbol's book as it is published: what each diff, snapshot and check becomes.

Pure: no clock, no I/O. `market.book_sync` decides what the book is and `market.book_timeline` how
that is told; here the two are joined, with the book's levels once an interval and the feed events
that explain what is missing.

Times: what a diff says holds from its own event time. A loss shows late, so it is dated back to the
last instant that was known: after a gap or in silence the last applied diff, after a disconnect
the time that the connection had proven. A snapshot does not tell its time: if no diff followed it,
it is the book of a time that the exchange told later, once everything up to then has been received,
and it is not told for the time before. A book that was not known has nothing to take back, so
only the first loss in a row is told.
"""

from market.book_checks import BookTicker, cross_check
from market.book_decisions import Applied, Decision, Resync, ResyncReason, Synced
from market.book_events import BookEvents, Moment
from market.book_records import BookRecord, SnapshotRecord
from market.book_sync import BookSync
from market.book_timeline import BookTimeline, TimelinePosition
from market.depth_updates import BookSnapshot, DepthDiff
from market.feed_events import FeedEvent
from market.level_snapshots import LevelSnapshots
from market.order_book import OrderBook

ONE_SIDED = "one_sided"
"""Why a book whose side has no proven level is told as unknown."""

Output = BookRecord | SnapshotRecord | FeedEvent


class PublishedBook:
    """Follows one symbol.

    Args:
        events: makes its feed events; names market, symbol and stream.
        position: of the last commit; None for a new symbol.
        snapshot_interval_ms: event time between two snapshot records.
    """

    def __init__(
        self, events: BookEvents, position: TimelinePosition | None, snapshot_interval_ms: int
    ) -> None:
        self._events = events
        self._sync = BookSync(events.symbol)
        self._timeline = BookTimeline(events.market, events.symbol, position)
        self._levels = LevelSnapshots(events.market, events.symbol, snapshot_interval_ms)
        self._known_ms: int | None = None
        self._is_undated = False
        self._dated_ms: int | None = None
        self._lost: Moment | None = None
        self._is_silent = False

    @property
    def position(self) -> TimelinePosition:
        """Where to go on; valid once what was returned so far is written."""
        return self._timeline.position

    @property
    def book(self) -> OrderBook | None:
        """The verified book; None while there is none."""
        return self._sync.book

    @property
    def is_lost(self) -> bool:
        """True while a book that was known waits for a new snapshot."""
        return self._lost is not None

    @property
    def needs_snapshot(self) -> bool:
        """True while a snapshot should be on its way; in silence it could not be continued."""
        return self._sync.needs_snapshot and not self._is_silent

    @property
    def needs_date(self) -> bool:
        """True while the exchange's time, asked for from now on, is wanted by `date`."""
        return self._is_undated and self._dated_ms is None

    def date(self, exchange_time_ms: int) -> None:
        """Take the exchange's time, which was asked for after the snapshot had come."""
        if self.needs_date:
            self._dated_ms = exchange_time_ms

    def begin(self, proven_ms: int, receive_time_ms: int) -> list[Output]:
        """Return the records of a start; `proven_ms` is the exchange's time."""
        return [*self._timeline.begin(proven_ms, receive_time_ms)]

    def request_audit(self) -> None:
        """Ask for a snapshot that the live book is compared with."""
        self._sync.request_snapshot()

    def on_diff(self, diff: DepthDiff, receive_time_ms: int) -> list[Output]:
        """Take a diff of the stream, in the order of arrival."""
        outputs: list[Output] = []
        time_ms = diff.event_time_ms
        if time_ms > self._levels.due_ms and (book := self._sync.book) is not None:
            outputs += self._levels.before(book, time_ms, receive_time_ms)
        self._is_silent = False
        decision = self._sync.on_diff(diff)
        if type(decision) is not Applied:
            return outputs + self._unapplied(decision, diff, receive_time_ms)
        if decision.audit is not None:
            outputs += self._events.audited(decision.audit, Moment(time_ms, receive_time_ms))
        if decision.top is None:
            outputs += self._timeline.on_unknown(time_ms, ONE_SIDED, receive_time_ms)
        else:
            outputs += self._timeline.on_top(decision.top, receive_time_ms)
        if self._known_ms is None:
            outputs += self._become_known(time_ms, Moment(time_ms, receive_time_ms))
        self._known_ms = time_ms
        return outputs

    def _unapplied(self, decision: Decision, diff: DepthDiff, receive_time_ms: int) -> list[Output]:
        if not isinstance(decision, Resync):
            return []
        is_gap = decision.reason is ResyncReason.GAP
        now = Moment(diff.event_time_ms, receive_time_ms)
        return self._lose(decision, self._known_ms if is_gap else diff.event_time_ms, now)

    def on_snapshot(self, snapshot: BookSnapshot, now: Moment) -> list[Output]:
        """Take a snapshot, whoever asked for it."""
        was_live = self._sync.book is not None
        decision = self._sync.on_snapshot(snapshot)
        if isinstance(decision, Resync):
            return self._lose(decision, self._known_ms, now)
        if not isinstance(decision, Synced):
            return []
        outputs: list[Output] = [*self._timeline.on_synced(decision.tops, now.receive_time_ms)]
        if was_live:
            return outputs + (
                [*self._events.audited(decision.audit, now)] if decision.audit else []
            )
        if decision.tops:
            return outputs + self._become_known(decision.tops[-1].event_time_ms, now)
        self._is_undated = True
        return outputs

    def _become_known(self, time_ms: int, now: Moment) -> list[Output]:
        self._known_ms, self._is_undated, self._dated_ms = time_ms, False, None
        outputs: list[Output] = []
        if (book := self._sync.book) is not None:
            outputs += self._levels.at(book, time_ms, now.receive_time_ms)
        if self._lost is not None:
            outputs.append(self._events.resync_ended(self._lost, time_ms, now))
        self._lost = None
        return outputs

    def on_ticker(self, ticker: BookTicker, now: Moment) -> list[Output]:
        """Compare the book with the exchange's own best bid and ask at the same update id."""
        book = self._sync.book
        differences = cross_check(book, ticker) if book is not None else None
        if not differences or book is None:
            return []
        detail = "; ".join(differences)
        told = self._events.mismatch(detail, book.last_update_id, now)
        resync = self._sync.distrust(ResyncReason.MISMATCH, detail)
        return [told, *self._lose(resync, book.event_time_ms, now)]

    def on_silence(self, detail: str, now: Moment) -> list[Output]:
        """Give up a book whose diffs stopped while the exchange's best bid and ask moved on."""
        self._is_silent = True
        return self._lose(self._sync.distrust(ResyncReason.SILENT, detail), self._known_ms, now)

    def on_disconnected(self, now: Moment) -> list[Output]:
        """Note that the connection was lost; the book is known up to what it had proven."""
        self._is_silent = False
        return self._lose(self._sync.on_disconnected(), now.proven_ms, now)

    def _lose(self, resync: Resync, since_ms: int | None, now: Moment) -> list[Output]:
        is_known = self._known_ms is not None
        self._known_ms, self._is_undated, self._dated_ms = None, False, None
        if not is_known or since_ms is None:
            return []
        self._lost = Moment(since_ms, now.receive_time_ms)
        return [
            *self._timeline.on_unknown(since_ms, resync.reason.value, now.receive_time_ms),
            self._events.resync_begun(resync, since_ms, now),
        ]

    def settle(self, settled_ms: int, receive_time_ms: int) -> list[Output]:
        """Return what is due up to an instant before which nothing is still to come."""
        outputs: list[Output] = [*self._timeline.settle(settled_ms, receive_time_ms)]
        book = self._sync.book
        if book is None:
            return outputs
        if self._dated_ms is not None and settled_ms >= self._dated_ms:
            outputs += self._know_dated(book, Moment(settled_ms, receive_time_ms))
        elif settled_ms >= self._levels.due_ms:
            outputs += self._levels.before(book, settled_ms + 1, receive_time_ms)
        return outputs

    def _know_dated(self, book: OrderBook, now: Moment) -> list[Output]:
        book.date(now.proven_ms)
        self._is_undated, self._dated_ms = False, None
        top = book.top()
        if top is None:
            return []
        outputs: list[Output] = [*self._timeline.on_synced((top,), now.receive_time_ms)]
        return outputs + self._become_known(now.proven_ms, now)
