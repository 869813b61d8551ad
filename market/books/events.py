"""The feed events of one symbol's book, with their texts.

Pure values; `market.books.published_book` decides when each is reported.
"""

from dataclasses import dataclass

from market.books.checks import Audit
from market.books.decisions import Resync
from market.dictionary.feed_events import FeedEvent, FeedEventKind


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant by both clocks, epoch milliseconds.

    Attributes:
        proven_ms: the exchange's time as the book's connection has proven it.
        receive_time_ms: our clock.
    """

    proven_ms: int
    receive_time_ms: int


@dataclass(frozen=True, slots=True)
class BookEvents:
    """Builds the events of one symbol.

    Attributes:
        stream: the exchange's name of the diff stream.
    """

    market: str
    symbol: str
    stream: str

    def resync_begun(self, resync: Resync, since_ms: int, now: Moment) -> FeedEvent:
        """Report that a book is unknown since an exchange time, with the ids that are missing."""
        ids = (
            None if resync.after_id is None else resync.after_id + 1,
            None if resync.found_id is None else resync.found_id - 1,
        )
        times_ms = (since_ms, max(since_ms, now.proven_ms))
        return self._event(FeedEventKind.RESYNC_BEGUN, resync.detail, now, ids, times_ms)

    def resync_ended(self, begun: Moment, until_ms: int, now: Moment) -> FeedEvent:
        """Report that a book is known again from an exchange time on."""
        passed_ms = now.receive_time_ms - begun.receive_time_ms
        detail = f"the book is known again after {passed_ms} ms"
        times_ms = (begun.proven_ms, max(begun.proven_ms, until_ms))
        return self._event(FeedEventKind.RESYNC_ENDED, detail, now, times_ms=times_ms)

    def audited(self, audit: Audit, now: Moment) -> list[FeedEvent]:
        """Report how a book compared with a snapshot, and a mismatch if they differ."""
        if audit.match_percent is None:
            return []
        detail = f"{audit.match_percent:.4f} % of {audit.compared} levels match"
        kinds = [FeedEventKind.BOOK_AUDITED]
        if audit.matched < audit.compared:
            kinds.append(FeedEventKind.BOOK_MISMATCH)
        ids = (audit.update_id, audit.update_id)
        return [self._event(kind, detail, now, ids) for kind in kinds]

    def mismatch(self, detail: str, update_id: int, now: Moment) -> FeedEvent:
        """Report that best bid or ask differ from the exchange's own."""
        return self._event(FeedEventKind.BOOK_MISMATCH, detail, now, (update_id, update_id))

    def _event(
        self,
        kind: FeedEventKind,
        detail: str,
        now: Moment,
        ids: tuple[int | None, int | None] = (None, None),
        times_ms: tuple[int | None, int | None] = (None, None),
    ) -> FeedEvent:
        clocks = (now.proven_ms, now.receive_time_ms)
        return FeedEvent(
            self.market, self.symbol, kind, detail, *clocks, self.stream, *ids, *times_ms
        )
