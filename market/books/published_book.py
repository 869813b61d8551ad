"""One symbol's book as it is published: what each diff, snapshot and check turns into.

Pure: no clock, no I/O. `market.books.sync` decides what the book is and `market.books.timeline` how
that is reported; this module joins the two, with the book's levels once per interval and the feed
events that explain what is missing.

Proof: continuity shows a loss only when the next diff comes. Until then a book is held if the
exchange's best bid and ask, or a snapshot, have a later update id: it may not be settled past its
last diff (`held_ms`). If that diff does not come in time, or the connection proves nothing, the
book is unknown from there on, although nothing is discarded (`on_unproven`). It is known again from
a diff at or after the settled time, or from a settled second at which nothing is ahead.

Times: a diff holds from its own event time on. A loss shows late, so it is dated back to the last
instant that was known: after a gap or in silence, the last applied diff; after a disconnect, the
time that the connection had proven minus the margin that a second is settled with, as a frame of
another symbol may have proven it; after a mismatch, the last check that passed. A snapshot does not
carry its time: if no diff followed it, it is the book at a time that the exchange reported later,
once everything up to then has been received, and it is not reported for the time before. A book
that was not known has nothing to retract, so only the first of several losses is reported.
"""

from market.books.checks import BookTicker, audit, cross_check
from market.books.decisions import Applied, Decision, Ignored, Resync, ResyncReason, Synced
from market.books.depth_updates import BookSnapshot, DepthDiff
from market.books.events import BookEvents, Moment
from market.books.level_snapshots import LevelSnapshots
from market.books.order_book import OrderBook
from market.books.records import BookRecord, SnapshotRecord
from market.books.sync import BookSync
from market.books.tickers import KeptTickers
from market.books.timeline import BookTimeline, TimelineOffset
from market.books.tops import BookTop
from market.dictionary.feed_events import FeedEvent

ONE_SIDED = "one_sided"
"""Why a book is reported as unknown when one of its sides has no proven level."""

PROOFS_OF_LOSS = (ResyncReason.GAP, ResyncReason.SEQUENCE_RESET, ResyncReason.SILENT)
"""What shows that a book has been wrong, unnoticed, since its last diff."""

SETTLE_MS = 500
"""How much later than others a change may be published; the exchange batches over 100 ms."""

SKEW_MS = 1_000
"""How much earlier than the change before it a change may be dated: the clocks of the exchange's
servers differ a little. Beyond that, one of the two times is wrong."""

EARLY_MS = 5_000
"""How much earlier than what is settled a change may be dated: a load spike publishes it late.
Beyond that its time is wrong."""

MAX_AHEAD_MS = 60_000
"""How far ahead of its time a change may have been reported; anything further is refused."""

Output = BookRecord | SnapshotRecord | FeedEvent


class PublishedBook:
    """Publishes the book of one symbol.

    Args:
        events: builds its feed events; names market, symbol and stream.
        offset: of the last commit; None for a new symbol.
        snapshot_interval_ms: event time between two snapshot records.
    """

    def __init__(
        self, events: BookEvents, offset: TimelineOffset | None, snapshot_interval_ms: int
    ) -> None:
        self._events = events
        self._sync = BookSync(events.symbol)
        self._timeline = BookTimeline(events.market, events.symbol, offset)
        self._levels = LevelSnapshots(events.market, events.symbol, snapshot_interval_ms)
        self._known_ms: int | None = None
        self._is_undated = False
        self._dated_ms: int | None = None
        self._lost: Moment | None = None
        self._is_silent = False
        self._is_unproven = False
        self._tickers = KeptTickers()
        self._checked_ms: int | None = None
        self._before_ms: int | None = None
        self._suspect_ms: int | None = None
        self.checks = 0
        """How often best bid and ask were compared with the exchange's own."""

    @property
    def offset(self) -> TimelineOffset:
        """Where to resume; valid once everything returned so far is written."""
        return self._timeline.offset

    @property
    def book(self) -> OrderBook | None:
        """The verified book; None while there is none."""
        return self._sync.book

    @property
    def is_known(self) -> bool:
        """True while the book is published as known."""
        return self._known_ms is not None

    @property
    def is_lost(self) -> bool:
        """True while a book that was known waits for a new snapshot."""
        return self._lost is not None

    @property
    def is_ahead(self) -> bool:
        """True while the exchange has shown a later update than the book's."""
        book = self._sync.book
        return book is not None and self._tickers.are_ahead_of(book.last_update_id)

    @property
    def held_ms(self) -> int | None:
        """The instant past which the book may not be settled now; None while it is not held."""
        return self._known_ms if self._known_ms is not None and self.is_ahead else None

    @property
    def needs_snapshot(self) -> bool:
        """True while a snapshot should be on its way; in silence it could not be continued."""
        return self._sync.needs_snapshot and not self._is_silent

    @property
    def needs_date(self) -> bool:
        """True while `date` needs the exchange's time, requested from now on."""
        return self._is_undated and self._dated_ms is None

    def date(self, exchange_time_ms: int) -> None:
        """Take the exchange's time, which was requested after the snapshot had come."""
        if self.needs_date:
            self._dated_ms = exchange_time_ms

    def begin(self, proven_ms: int, receive_time_ms: int) -> list[Output]:
        """Return the first records after a start; `proven_ms` is the exchange's time."""
        return [*self._timeline.begin(proven_ms, receive_time_ms)]

    def request_audit(self) -> None:
        """Request a snapshot to compare the live book with."""
        self._sync.request_snapshot()

    def shows_loss(self, diff: DepthDiff) -> bool:
        """Return whether a diff shows that the book was wrong before it."""
        return self._sync.shows_loss(diff)

    def on_diff(self, diff: DepthDiff, receive_time_ms: int) -> list[Output]:
        """Take a diff of the stream, in the order of arrival."""
        outputs: list[Output] = []
        now, book = Moment(diff.event_time_ms, receive_time_ms), self._sync.book
        before_ms = book.quote_time_ms if book is not None else None
        if now.proven_ms > self._levels.due_ms and book is not None and self._is_continued_by(diff):
            outputs += self._levels.before(book, now.proven_ms, receive_time_ms)
        self._is_silent = False
        decision = self._sync.on_diff(diff)
        if type(decision) is not Ignored:
            self._tickers.on_diff()
        if type(decision) is not Applied:
            return outputs + self._unapplied(decision, now)
        if self._tickers.shown_id and self._sync.ahead is not None:
            self._note_if_ahead(self._sync.ahead)
        if decision.audit is not None:
            outputs += self._events.audited(decision.audit, now)
        if before_ms is not None and now.proven_ms < before_ms - SKEW_MS:
            return outputs + self._lose_by_time(before_ms, now)
        if self._known_ms is not None and now.proven_ms < self._timeline.settled_ms - EARLY_MS:
            return outputs + self._lose_as_early(now)
        ticker = self._tickers.take(diff.last_update_id)
        found = self._compare(ticker, now) if ticker is not None else []
        return outputs + (found or self._report(decision.top, now))

    def _is_continued_by(self, diff: DepthDiff) -> bool:
        book = self._sync.book
        return self._known_ms is not None and book is not None and book.is_continued_by(diff)

    def _report(self, top: BookTop | None, now: Moment) -> list[Output]:
        """Report the book after a diff, unless it is too far behind to be known again."""
        time_ms = now.proven_ms
        if not self._may_be_reported(time_ms):
            return []
        outputs: list[Output] = []
        if top is None:
            outputs += self._timeline.on_unknown(time_ms, ONE_SIDED, now.receive_time_ms)
        else:
            outputs += self._timeline.on_top(top, now.receive_time_ms)
        self._before_ms = self._known_ms
        if self._known_ms is None:
            outputs += self._become_known(time_ms, now)
        self._known_ms = time_ms
        return outputs

    def _may_be_reported(self, time_ms: int) -> bool:
        """Return whether a book of that time counts as known, without further proof."""
        if self._known_ms is not None or time_ms >= self._timeline.settled_ms:
            self._is_unproven = False
        elif self.is_ahead:
            self._is_unproven = True
        return not self._is_unproven

    def _unapplied(self, decision: Decision, now: Moment) -> list[Output]:
        if not isinstance(decision, Resync):
            return []
        if decision.reason is ResyncReason.SEQUENCE_RESET:
            self._tickers.clear()
        is_loss = decision.reason in (ResyncReason.GAP, ResyncReason.SEQUENCE_RESET)
        return self._lose(decision, self._known_ms if is_loss else now.proven_ms, now)

    def on_snapshot(self, snapshot: BookSnapshot, now: Moment) -> list[Output]:
        """Take a snapshot, whoever requested it."""
        was_live = self._sync.book is not None
        decision = self._sync.on_snapshot(snapshot)
        if isinstance(decision, Resync):
            return self._lose(decision, self._known_ms, now)
        if not isinstance(decision, Synced):
            self._note_if_ahead(snapshot)
            return []
        self._tickers.shown_id = 0
        if was_live:
            outputs: list[Output] = []
            if self._known_ms is not None:
                outputs += self._timeline.on_synced(decision.tops, now.receive_time_ms)
            return outputs + (self._events.audited(decision.audit, now) if decision.audit else [])
        if not decision.tops:
            self._is_undated = True
            return []
        if not self._may_be_reported(decision.tops[-1].event_time_ms):
            return []
        records = self._timeline.on_synced(decision.tops, now.receive_time_ms)
        return [*records, *self._become_known(decision.tops[-1].event_time_ms, now)]

    def _note_if_ahead(self, snapshot: BookSnapshot) -> None:
        """Note whether a snapshot shows changes that no diff has shown so far.

        A later id alone does not: on USD-M ids also count what happens to other symbols.
        """
        book = self._sync.book
        if book is None or snapshot.last_update_id <= book.last_update_id:
            return
        compared = audit(book, snapshot)
        is_other = compared.matched < compared.compared
        self._tickers.shown_id = snapshot.last_update_id if is_other else 0

    def _become_known(self, time_ms: int, now: Moment) -> list[Output]:
        self._known_ms, self._is_undated, self._dated_ms = time_ms, False, None
        self._checked_ms = self._before_ms = time_ms
        self._suspect_ms = None
        outputs: list[Output] = []
        if (book := self._sync.book) is not None:
            outputs += self._levels.at(book, time_ms, now.receive_time_ms)
        if self._lost is not None:
            outputs.append(self._events.resync_ended(self._lost, time_ms, now))
        self._lost = None
        return outputs

    def on_ticker(self, ticker: BookTicker, now: Moment) -> list[Output]:
        """Compare the book with the exchange's own best bid and ask, now or when its diff comes."""
        book = self._sync.book
        if book is not None and ticker.update_id > book.last_update_id:
            self._tickers.keep(ticker)
            return []
        if book is None:
            self._tickers.note(ticker.update_id)
        return self._compare(ticker, now)

    def _compare(self, ticker: BookTicker, now: Moment) -> list[Output]:
        book = self._sync.book
        differences = cross_check(book, ticker) if book is not None else None
        if differences is None or book is None:
            return []
        self.checks += 1
        if not differences:
            self._checked_ms = book.event_time_ms
            return []
        detail = "; ".join(differences)
        event = self._events.mismatch(detail, book.last_update_id, now)
        resync = self._sync.distrust(ResyncReason.MISMATCH, detail)
        return [event, *self._lose(resync, self._checked_ms or book.event_time_ms, now)]

    def on_refused_diff(self) -> None:
        """Note that a diff could not be read: the book is behind until another one comes.

        So is a book that still waits for its snapshot, which may be older than that diff.
        """
        self._tickers.miss_diff()

    def on_refused_ticker(self, update_id: int) -> None:
        """Note that best bid and ask were refused, for their time: the change was made even so."""
        book = self._sync.book
        if book is None or update_id > book.last_update_id:
            self._tickers.note(update_id)

    def on_silence(self, detail: str, now: Moment) -> list[Output]:
        """Give up a book whose diffs stopped while the exchange's best bid and ask changed."""
        self._is_silent = True
        outputs = self._lose(self._sync.distrust(ResyncReason.SILENT, detail), self._known_ms, now)
        self._tickers.clear()
        return outputs

    def on_disconnected(self, now: Moment) -> list[Output]:
        """Note that the connection was lost; the book is known up to what that had proven."""
        self._is_silent = False
        since_ms = self._proven_until_ms(now)
        self._tickers.clear()
        return self._lose(self._sync.on_disconnected(), since_ms, now)

    def on_unproven(self, detail: str, now: Moment) -> list[Output]:
        """Note that the book was not proven in time; it is known up to what was proven.

        Args:
            detail: why, for the event.
            now: the time that the book's connection has proven.
        """
        book = self._sync.book
        if book is None or self._known_ms is None:
            return []
        resync = Resync(ResyncReason.UNPROVEN, detail, book.last_update_id)
        known_ms = self._known_ms
        outputs = self._lose(resync, self._proven_until_ms(now), now)
        self._is_unproven, self._suspect_ms = True, known_ms
        return outputs

    def _proven_until_ms(self, now: Moment) -> int:
        """Return the instant up to which a book without a known loss is proven, come what may.

        Its own last diff proves everything before it. What other symbols proved may lack a change
        of this book that is published a little later.
        """
        proven_ms = now.proven_ms - SETTLE_MS
        if self.held_ms is not None:
            proven_ms = self._timeline.settled_ms
        return max(proven_ms, self._known_ms or 0)

    def _lose(self, resync: Resync, since_ms: int | None, now: Moment) -> list[Output]:
        was_reported = self._known_ms is not None
        if resync.reason in PROOFS_OF_LOSS and self._suspect_ms is not None:
            was_reported, since_ms = True, self._suspect_ms
        self._known_ms, self._is_undated, self._dated_ms = None, False, None
        self._suspect_ms = None
        if not was_reported or since_ms is None:
            return []
        was_lost, self._lost = self._lost is not None, Moment(since_ms, now.receive_time_ms)
        clocks = now.proven_ms, now.receive_time_ms
        records = self._timeline.retract(since_ms, resync.reason.value, *clocks)
        return [*records, *([] if was_lost else [self._events.resync_begun(resync, since_ms, now)])]

    def _lose_by_time(self, before_ms: int, now: Moment) -> list[Output]:
        """Give up a book when one of its last two changes was reported for a wrong time.

        If the newer time is right, that much was reported ahead of its time; if it is further back
        than that can be, the newer time is the wrong one.
        """
        detail = f"expected a change from {before_ms} on, found one of {now.proven_ms} after it"
        resync = self._sync.distrust(ResyncReason.BAD_TIME, detail)
        reported_ms = before_ms if self._before_ms is None else self._before_ms
        since_ms = max(min(now.proven_ms, reported_ms), reported_ms - MAX_AHEAD_MS)
        return self._lose(resync, since_ms, now)

    def _lose_as_early(self, now: Moment) -> list[Output]:
        """Give up a book whose change is dated long before what is settled.

        Whether it was published that late or its time is wrong: the book was another one since.
        """
        settled_ms = self._timeline.settled_ms
        detail = f"expected a change from {settled_ms} on, found one of {now.proven_ms}"
        return self._lose(self._sync.distrust(ResyncReason.BAD_TIME, detail), now.proven_ms, now)

    def settle(
        self, settled_ms: int, receive_time_ms: int, *, is_proven: bool = True
    ) -> list[Output]:
        """Return what is due up to an instant; nothing from before it can still come.

        Args:
            settled_ms: exchange time.
            receive_time_ms: our clock.
            is_proven: the book's connection has proven this instant; otherwise the book must be
                unknown.
        """
        outputs: list[Output] = [*self._timeline.settle(settled_ms, receive_time_ms)]
        self._is_unproven |= not is_proven
        book = self._sync.book
        if book is None:
            self._is_unproven &= not is_proven
        elif self._known_ms is not None:
            if settled_ms >= self._levels.due_ms:
                outputs += self._levels.before(book, settled_ms + 1, receive_time_ms)
        elif is_proven and not self.is_ahead:
            outputs += self._know_settled(book, Moment(settled_ms, receive_time_ms))
        return outputs

    def _know_settled(self, book: OrderBook, now: Moment) -> list[Output]:
        """Report a book that is complete at a settled instant and was not known before."""
        if self._is_undated:
            if self._dated_ms is None or now.proven_ms < self._dated_ms:
                return []
            book.date(now.proven_ms)
        elif not self._is_unproven:
            return []
        self._is_unproven = False
        top, outputs = book.top(), list[Output]()
        if top is None:
            outputs += self._timeline.on_unknown(now.proven_ms, ONE_SIDED, now.receive_time_ms)
        else:
            outputs += self._timeline.on_synced((top,), now.receive_time_ms)
        last_ms = self._suspect_ms
        outputs += self._become_known(now.proven_ms, now)
        self._known_ms = now.proven_ms if last_ms is None else last_ms
        return outputs
