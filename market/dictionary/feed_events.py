"""Feed events: what happens to a feed, as records that completeness can be explained by."""

from dataclasses import dataclass
from enum import StrEnum

from market.dictionary.names import record_key
from market.dictionary.records import Value

FEED_EVENTS_VERSION = 1


class FeedEventKind(StrEnum):
    """Every value of the field `event`."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    SERVER_SHUTDOWN = "server_shutdown"
    GAP_FOUND = "gap_found"
    GAP_REPAIRED = "gap_repaired"
    GAP_LEFT = "gap_left"
    """A gap that could not be filled from REST now; the repair flow takes it from here."""
    RESYNC_BEGUN = "resync_begun"
    """A book is unknown from an update id on and waits for a snapshot."""
    RESYNC_ENDED = "resync_ended"
    BOOK_AUDITED = "book_audited"
    """A book was compared with a snapshot at the same update id; tells the share that matched."""
    BOOK_MISMATCH = "book_mismatch"
    """Best bid or ask differ from the exchange's own at the same update id."""
    RATE_LIMITED = "rate_limited"
    """The exchange refused REST calls for a while (429 or 418)."""
    ROTATED = "rotated"
    """A connection was replaced before its end, with an overlap that was compared."""
    STREAM_SILENT = "stream_silent"
    SYMBOL_REFUSED = "symbol_refused"
    """The symbol is not traded there; its streams were not asked for."""
    SYMBOL_UNKNOWN = "symbol_unknown"
    """Between two instants nobody could prove that a symbol's trades are complete."""
    SYMBOL_GONE = "symbol_gone"
    """The exchange does not list the symbol any more."""
    SEQUENCE_RESET = "sequence_reset"
    """The exchange's ids of a symbol began anew; `from_id` was our last one, `to_id` its newest."""
    IDS_DOUBTED = "ids_doubted"
    """Ids restarted or may have: what lies between the two instants can never be proven by ids."""
    SUBSCRIPTION_FAILED = "subscription_failed"
    """Streams were refused or not acknowledged in time."""
    CLOCK_SKEW = "clock_skew"


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event of a feed.

    Attributes:
        symbol: empty when the event concerns the whole connection.
        event_time_ms: the exchange's proven time when it happened, 0 when none is known yet.
        receive_time_ms: our clock.
        from_id: first id concerned, `to_id` the last; None when no ids are.
    """

    market: str
    symbol: str
    event: FeedEventKind
    detail: str
    event_time_ms: int
    receive_time_ms: int
    stream: str = ""
    from_id: int | None = None
    to_id: int | None = None
    from_time_ms: int | None = None
    to_time_ms: int | None = None

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self, connector: str, task: int) -> Value:
        """Return the wire form for topic `feed_events`; an absent key is null."""
        value: Value = {
            "market": self.market,
            "symbol": self.symbol,
            "connector": connector,
            "task": task,
            "stream": self.stream,
            "event": self.event.value,
            "detail": self.detail,
            "event_time_ms": self.event_time_ms,
            "receive_time_ms": self.receive_time_ms,
            "schema_version": FEED_EVENTS_VERSION,
        }
        optional = {
            "from_id": self.from_id,
            "to_id": self.to_id,
            "from_time_ms": self.from_time_ms,
            "to_time_ms": self.to_time_ms,
        }
        return value | {name: number for name, number in optional.items() if number is not None}
