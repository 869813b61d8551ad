"""The best levels of one symbol's book at each boundary of an interval, as records.

Pure. A record is due when the book at a boundary is final: the first diff after it has come and is
not yet applied, or the exchange's time has settled past it. When several boundaries are due at
once, nothing has changed between them, and only the last one is written.
"""

from market.books.order_book import OrderBook
from market.books.records import SnapshotRecord

PUBLISHED_LEVELS = 20
"""Levels per side of a record."""


class LevelSnapshots:
    """Builds the records of one symbol.

    Args:
        market: such as ``binance-spot``.
        symbol: upper case.
        interval_ms: event time between two records.
    """

    __slots__ = ("_interval_ms", "_market", "_symbol", "due_ms")

    def __init__(self, market: str, symbol: str, interval_ms: int) -> None:
        self._market = market
        self._symbol = symbol
        self._interval_ms = interval_ms
        self.due_ms = 0
        """The next boundary, epoch milliseconds."""

    def before(self, book: OrderBook, time_ms: int, receive_time_ms: int) -> list[SnapshotRecord]:
        """Return the book at the last boundary before an instant, if that is still known.

        Args:
            book: gives no record if it has changed after that boundary.
            time_ms: event time.
            receive_time_ms: our clock.
        """
        boundary_ms = (time_ms - 1) // self._interval_ms * self._interval_ms
        changed_ms = book.event_time_ms
        if boundary_ms < self.due_ms or changed_ms is None or changed_ms > boundary_ms:
            return []
        return self.at(book, boundary_ms, receive_time_ms)

    def at(self, book: OrderBook, time_ms: int, receive_time_ms: int) -> list[SnapshotRecord]:
        """Return the book at an instant, whether a record is due or not."""
        self.due_ms = (time_ms // self._interval_ms + 1) * self._interval_ms
        return [
            SnapshotRecord(
                self._market,
                self._symbol,
                time_ms,
                book.quote_time_ms,
                book.top_levels(PUBLISHED_LEVELS),
                receive_time_ms,
            )
        ]
