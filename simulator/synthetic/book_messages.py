"""The wire form of a book: spot's shapes, and USD-M's with its chain of ids and its times.

Text only: `simulator.synthetic.book_tape` decides what has changed and when a stream sends it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from simulator.binance.venues import Market
from simulator.engine.decimals import wire_form
from simulator.engine.symbols import SymbolRules

Level = tuple[int, int]
"""Price in ticks and size in steps."""
Best = tuple[Level, Level]
"""The best bid and the best ask."""


@dataclass(frozen=True, slots=True)
class BookEvent:
    """The content of one message about a book.

    Attributes:
        event_time_ms: when it is published.
        transaction_time_ms: of the last change of the book.
        previous_update_id: where the stream's event before it ended.
        first_update_id: of the first change since.
        last_update_id: of the last change.
        bids, asks: JSON levels, separated by commas.
    """

    event_time_ms: int
    transaction_time_ms: int
    previous_update_id: int
    first_update_id: int
    last_update_id: int
    bids: bytes
    asks: bytes


class BookMessages(ABC):
    """Writes the messages of one symbol's book streams.

    Args:
        rules: its grid and its decimals on the wire.
    """

    def __init__(self, rules: SymbolRules) -> None:
        self.symbol = rules.symbol.encode()
        self.price = wire_form(rules.tick_e8, rules.price_digits)
        self.size = wire_form(rules.step_e8, rules.quantity_digits)

    def level(self, tick: int, size: int) -> bytes:
        """Return a level as a JSON array."""
        return b'["%b","%b"]' % (self.price(tick), self.size(size))

    def levels(self, levels: Iterable[Level]) -> list[bytes]:
        """Return levels as JSON arrays."""
        return [self.level(tick, size) for tick, size in levels]

    def _best_fields(self, best: Best) -> bytes:
        (bid, bid_size), (ask, ask_size) = best
        return b'"b":"%b","B":"%b","a":"%b","A":"%b"' % (
            self.price(bid),
            self.size(bid_size),
            self.price(ask),
            self.size(ask_size),
        )

    @abstractmethod
    def best(self, update_id: int, best: Best, event_time_ms: int) -> bytes:
        """Return a `bookTicker` message."""

    @abstractmethod
    def diff(self, event: BookEvent) -> bytes:
        """Return a diff of the levels set since the last one."""

    @abstractmethod
    def partial(self, event: BookEvent) -> bytes:
        """Return the best levels at the time of a diff."""

    @abstractmethod
    def snapshot(self, event: BookEvent) -> bytes:
        """Return the answer of REST `depth`."""


class SpotBookMessages(BookMessages):
    """Spot: every id belongs to an event, and only diffs carry a time."""

    def best(self, update_id: int, best: Best, event_time_ms: int) -> bytes:
        """Return a `bookTicker` message; it has no time."""
        return b'{"u":%d,"s":"%b",%b}' % (update_id, self.symbol, self._best_fields(best))

    def diff(self, event: BookEvent) -> bytes:
        """Return a diff that begins one id after the last one ended."""
        return b'{"e":"depthUpdate","E":%d,"s":"%b","U":%d,"u":%d,"b":[%b],"a":[%b]}' % (
            event.event_time_ms,
            self.symbol,
            event.previous_update_id + 1,
            event.last_update_id,
            event.bids,
            event.asks,
        )

    def partial(self, event: BookEvent) -> bytes:
        """Return the best levels in the shape of a snapshot."""
        return self.snapshot(event)

    def snapshot(self, event: BookEvent) -> bytes:
        """Return the answer of REST `depth`."""
        return b'{"lastUpdateId":%d,"bids":[%b],"asks":[%b]}' % (
            event.last_update_id,
            event.bids,
            event.asks,
        )


class UsdmBookMessages(BookMessages):
    """USD-M: ids are sparse, so events name the one before; all carry both times."""

    def best(self, update_id: int, best: Best, event_time_ms: int) -> bytes:
        """Return a `bookTicker` message."""
        return b'{"e":"bookTicker","u":%d,"s":"%b","ps":"%b",%b,"T":%d,"E":%d,"st":1}' % (
            update_id,
            self.symbol,
            self.symbol,
            self._best_fields(best),
            event_time_ms,
            event_time_ms,
        )

    def diff(self, event: BookEvent) -> bytes:
        """Return a diff; ids between `pu` and `U` belong to no event."""
        return (
            b'{"e":"depthUpdate","E":%d,"T":%d,"s":"%b","ps":"%b",'
            b'"U":%d,"u":%d,"pu":%d,"b":[%b],"a":[%b],"st":1}'
        ) % (
            event.event_time_ms,
            event.transaction_time_ms,
            self.symbol,
            self.symbol,
            event.first_update_id,
            event.last_update_id,
            event.previous_update_id,
            event.bids,
            event.asks,
        )

    def partial(self, event: BookEvent) -> bytes:
        """Return the best levels in the shape of a diff."""
        return self.diff(event)

    def snapshot(self, event: BookEvent) -> bytes:
        """Return the answer of REST `depth`."""
        return b'{"lastUpdateId":%d,"E":%d,"T":%d,"bids":[%b],"asks":[%b]}' % (
            event.last_update_id,
            event.event_time_ms,
            event.transaction_time_ms,
            event.bids,
            event.asks,
        )


def book_messages(rules: SymbolRules) -> BookMessages:
    """Return the writer of book messages for a symbol's market."""
    is_usdm = rules.market is Market.USDM
    return UsdmBookMessages(rules) if is_usdm else SpotBookMessages(rules)
