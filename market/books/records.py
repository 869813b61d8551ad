"""The records of topics `book_tops`, `book_snapshots` and `depth_diffs`.

Values and their wire forms only; heartbeats are those of `market.dictionary.records`.
`market.books.timeline` and `market.books.published_book` decide which record is written when.
"""

from dataclasses import dataclass

from market.books.depth_updates import WireLevels
from market.books.tops import BookTop, TopLevels
from market.dictionary.names import record_key
from market.dictionary.records import Value

BOOKS_VERSION = 1


@dataclass(frozen=True, slots=True)
class TopRecord:
    """The state of a verified book from an instant on.

    Attributes:
        book_sequence: among records with the same symbol and event time, the largest counts.
        event_time_ms: exchange time from which the book is so.
        top: its scalars, and when the book last changed.
        receive_time_ms: our clock.
    """

    market: str
    symbol: str
    book_sequence: int
    event_time_ms: int
    top: BookTop
    receive_time_ms: int

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self) -> Value:
        """Return the wire form for topic `book_tops`; an absent key is null."""
        return self.top.value() | _common(self, "top")


@dataclass(frozen=True, slots=True)
class UnsyncedMarker:
    """Marks a book as unknown from an instant on.

    Attributes:
        reason: why it was lost, a short stable word; empty when this only repeats that it still is.
    """

    market: str
    symbol: str
    book_sequence: int
    event_time_ms: int
    reason: str
    receive_time_ms: int

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self) -> Value:
        """Return the wire form for topic `book_tops`; an absent key is null."""
        value = _common(self, "unsynced")
        return value | {"reason": self.reason} if self.reason else value


BookRecord = TopRecord | UnsyncedMarker


def _common(record: BookRecord, kind: str) -> Value:
    return {
        "market": record.market,
        "symbol": record.symbol,
        "kind": kind,
        "book_sequence": record.book_sequence,
        "event_time_ms": record.event_time_ms,
        "receive_time_ms": record.receive_time_ms,
        "source": "live",
        "schema_version": BOOKS_VERSION,
    }


@dataclass(frozen=True, slots=True)
class SnapshotRecord:
    """The best levels of a verified book at an instant.

    Attributes:
        event_time_ms: exchange time at which the book was so.
        quote_time_ms: when it last changed; None when only a snapshot showed that change.
        receive_time_ms: our clock.
    """

    market: str
    symbol: str
    event_time_ms: int
    quote_time_ms: int | None
    levels: TopLevels
    receive_time_ms: int

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self) -> dict[str, object]:
        """Return the wire form for topic `book_snapshots`: flat arrays of decimal strings.

        An absent key is null.
        """
        value: dict[str, object] = {
            "market": self.market,
            "symbol": self.symbol,
            "last_update_id": self.levels.last_update_id,
            "bid_prices": self.levels.bid_prices,
            "bid_sizes": self.levels.bid_sizes,
            "ask_prices": self.levels.ask_prices,
            "ask_sizes": self.levels.ask_sizes,
            "event_time_ms": self.event_time_ms,
            "receive_time_ms": self.receive_time_ms,
            "source": "live",
            "schema_version": BOOKS_VERSION,
        }
        if self.quote_time_ms is not None:
            value["quote_time_ms"] = self.quote_time_ms
        return value


@dataclass(frozen=True, slots=True)
class DiffRecord:
    """One diff of a book as the exchange sent it.

    Attributes:
        event_time_ms: the exchange's time of its last change.
        bids: pairs of price and size as received.
        receive_time_ms: our clock.
    """

    market: str
    symbol: str
    first_update_id: int
    last_update_id: int
    previous_update_id: int | None
    event_time_ms: int
    bids: WireLevels
    asks: WireLevels
    receive_time_ms: int

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self) -> dict[str, object]:
        """Return the wire form for topic `depth_diffs`; an absent key is null."""
        value: dict[str, object] = {
            "market": self.market,
            "symbol": self.symbol,
            "first_update_id": self.first_update_id,
            "last_update_id": self.last_update_id,
            "bid_prices": [price for price, _ in self.bids],
            "bid_sizes": [size for _, size in self.bids],
            "ask_prices": [price for price, _ in self.asks],
            "ask_sizes": [size for _, size in self.asks],
            "event_time_ms": self.event_time_ms,
            "receive_time_ms": self.receive_time_ms,
            "source": "live",
            "schema_version": BOOKS_VERSION,
        }
        if self.previous_update_id is not None:
            value["previous_update_id"] = self.previous_update_id
        return value
