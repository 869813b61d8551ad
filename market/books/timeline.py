"""One symbol's book at each instant, as records from which each second can be computed alone.

Pure: no clock, no I/O. `market.books.sync` decides what the book is; this module makes it a step
function of the exchange's time.

Theory of operation
-------------------
* A record says what holds from its event time on: a top, or that the book is unknown.
* Each second begins with a record, so that no value reaches into a window unseen, and a second
  without any change has its row too. It repeats what held before; `settle` writes it once the
  exchange's time has passed the boundary far enough that no earlier change may still come.
* A correction is never an update in place. A change with an earlier time than a boundary already
  written is written with its own time, and those boundaries are written again; what is retracted is
  written again as unknown, instant by instant. Of two records with the same event time the larger
  `book_sequence` counts: the only order that a reader needs.
* What becomes known about the past is not reported for times already settled as unknown: their
  windows may have closed, and a book that became known late was not known then.
* After a restart the book is unknown from the last written instant on, even if the exchange's clock
  is told to be before it: dated back to there, the record would be too late for its window.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from market.books.records import BookRecord, TopRecord, UnsyncedMarker
from market.books.tops import BookTop

BOUNDARY_MS = 1_000
"""Boundaries of the shortest window; all others begin at one of them."""

MAX_BOUNDARIES = 3_600
"""Boundaries written at once: after a longer outage the earlier seconds get no row."""

MAX_REPORTED = 1_000
"""Changes that can be retracted one by one; checks that may find a book wrong come far sooner."""


@dataclass(frozen=True, slots=True)
class TimelineOffset:
    """Where a timeline resumes after a restart.

    Attributes:
        book_sequence: of the last record.
        written_ms: end of the written step function, epoch milliseconds.
    """

    book_sequence: int
    written_ms: int


class BookTimeline:
    """The step function of one symbol.

    Args:
        market: such as ``binance-spot``.
        symbol: upper case.
        offset: of the last commit; None for a new symbol.
    """

    def __init__(self, market: str, symbol: str, offset: TimelineOffset | None) -> None:
        self._market = market
        self._symbol = symbol
        self._offset = offset
        self._sequence = offset.book_sequence if offset else 0
        self._written_ms = offset.written_ms if offset else 0
        self._settled_ms = self._written_ms
        self._changed_ms = 0
        self._known_from_ms = 0
        self._reported_ms: deque[int] = deque(maxlen=MAX_REPORTED)
        self._state: BookTop | None = None

    @property
    def offset(self) -> TimelineOffset:
        """Where to resume; valid once everything returned so far is written."""
        return TimelineOffset(self._sequence, self._written_ms)

    def begin(self, proven_ms: int, receive_time_ms: int) -> list[BookRecord]:
        """Return the first records of a run: the book is unknown from the last written instant.

        Args:
            proven_ms: the exchange's time; a new symbol is unknown from here.
            receive_time_ms: our clock.
        """
        if self._offset is not None:
            return [self._record(self._written_ms, receive_time_ms, "restarted")]
        self._written_ms = self._settled_ms = proven_ms
        return [self._record(proven_ms, receive_time_ms)]

    @property
    def settled_ms(self) -> int:
        """The last instant that was settled."""
        return self._settled_ms

    def on_top(self, top: BookTop, receive_time_ms: int) -> list[BookRecord]:
        """Return the records of a change of the verified book."""
        return self._know(top, top.event_time_ms, receive_time_ms)

    def _know(self, top: BookTop, since_ms: int, receive_time_ms: int) -> list[BookRecord]:
        """Report what is known; what was settled as unknown stays so."""
        if self._state is None:
            self._known_from_ms = max(since_ms, self._settled_ms)
        return self._change(top, max(since_ms, self._known_from_ms), "", receive_time_ms)

    def on_synced(self, tops: Sequence[BookTop], receive_time_ms: int) -> list[BookRecord]:
        """Return the records of a book that became known.

        Args:
            tops: what is known of it by now, oldest first; empty while a side has no level.
            receive_time_ms: our clock.
        """
        records: list[BookRecord] = []
        for top, later in zip_longest(tops, tops[1:]):
            # What ended before a settled instant is not reported; what lasts longer starts there.
            if later is None or later.event_time_ms > self._settled_ms:
                since_ms = max(top.event_time_ms, self._settled_ms)
                records += self._know(top, since_ms, receive_time_ms)
        return records

    def on_unknown(self, since_ms: int, reason: str, receive_time_ms: int) -> list[BookRecord]:
        """Return the records of a book that is lost.

        Args:
            since_ms: exchange time up to which it is known.
            reason: a short stable word.
            receive_time_ms: our clock.
        """
        return self._change(None, since_ms, reason, receive_time_ms)

    def retract(
        self, since_ms: int, reason: str, now_ms: int, receive_time_ms: int
    ) -> list[BookRecord]:
        """Return the records of a book that is unknown since an instant already reported.

        Args:
            since_ms: exchange time up to which it is known.
            reason: a short stable word.
            now_ms: exchange time at which this showed; what was reported for later was wrong.
            receive_time_ms: our clock.
        """
        first_ms = since_ms - since_ms % BOUNDARY_MS + BOUNDARY_MS
        first_ms = max(first_ms, self._written_ms - (MAX_BOUNDARIES - 1) * BOUNDARY_MS)
        boundaries = range(first_ms, self._written_ms + 1, BOUNDARY_MS)
        reported = {time_ms for time_ms in self._reported_ms if time_ms > since_ms}.union(
            boundaries
        )
        self._state, self._changed_ms = None, since_ms
        # What is settled was written finally: going back behind it would write it again.
        self._written_ms = max(since_ms, self._settled_ms, min(self._written_ms, now_ms))
        self._reported_ms.clear()
        return [
            self._record(since_ms, receive_time_ms, reason),
            *(self._record(time_ms, receive_time_ms) for time_ms in sorted(reported)),
        ]

    def settle(self, settled_ms: int, receive_time_ms: int) -> list[BookRecord]:
        """Return the boundaries up to an instant; nothing from before it can still come."""
        self._settled_ms = max(self._settled_ms, settled_ms)
        return self._write_until(settled_ms, receive_time_ms)

    def _change(
        self, state: BookTop | None, since_ms: int, reason: str, receive_time_ms: int
    ) -> list[BookRecord]:
        # The exchange's times do not run backwards in one symbol; if they did, order would count.
        since_ms = self._changed_ms = max(since_ms, self._changed_ms)
        records = self._write_until(since_ms - 1, receive_time_ms)
        self._state = state
        self._reported_ms.append(since_ms)
        records.append(self._record(since_ms, receive_time_ms, reason))
        if since_ms >= self._written_ms:
            self._written_ms = since_ms
            return records
        return records + self._boundaries(since_ms, self._written_ms, receive_time_ms)

    def _write_until(self, time_ms: int, receive_time_ms: int) -> list[BookRecord]:
        if time_ms <= self._written_ms:
            return []
        after_ms, self._written_ms = self._written_ms, time_ms
        return self._boundaries(after_ms, time_ms, receive_time_ms)

    def _boundaries(self, after_ms: int, until_ms: int, receive_time_ms: int) -> list[BookRecord]:
        """Repeat what holds at each boundary after one instant, up to and including another."""
        first_ms = after_ms - after_ms % BOUNDARY_MS + BOUNDARY_MS
        last_ms = until_ms - until_ms % BOUNDARY_MS
        first_ms = max(first_ms, last_ms - (MAX_BOUNDARIES - 1) * BOUNDARY_MS)
        times = range(first_ms, last_ms + 1, BOUNDARY_MS)
        return [self._record(time_ms, receive_time_ms) for time_ms in times]

    def _record(self, event_time_ms: int, receive_time_ms: int, reason: str = "") -> BookRecord:
        self._sequence += 1
        place = (self._market, self._symbol, self._sequence, event_time_ms)
        if self._state is None:
            return UnsyncedMarker(*place, reason, receive_time_ms)
        return TopRecord(*place, self._state, receive_time_ms)
