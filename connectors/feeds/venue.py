"""What feeds must know of a market: its streams, how frames are read, and what its REST gives.

An exchange's package offers one object a market that has these methods; nothing here is Binance's.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from connectors.connect.clock import Clock
from connectors.feeds.events import Acknowledged, BookEvent, Event, Refused
from connectors.feeds.messages import SnapshotAnswer
from market.dictionary.records import Trade
from market.errors import TidemarkError
from market.trades.backfills import NewestIds, RefusedTrade


class RestError(TidemarkError):
    """A request that failed in spite of retries; says which, how, and what to do."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base addresses without a path.

    Attributes:
        stream_url: of the WebSocket streams.
        rest_url: of the symbols, the clock and the books.
        history_url: of the history of trades.
    """

    stream_url: str
    rest_url: str
    history_url: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """How to open a connection that carries given streams.

    Attributes:
        url: to connect to.
        messages: to send after the handshake, each after the one before was acknowledged; their
            ids count from 1. Empty when the URL names the streams.
        answer_of: returns the answer to a request of ours; None for any other frame.
    """

    url: str
    messages: tuple[bytes, ...]
    answer_of: Callable[[bytes], Acknowledged | Refused | None] = field(compare=False)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What one answer of the exchange's trade history holds.

    Attributes:
        trades: in id order, source ``backfill``.
        refused: rows that no trade can be made of.
        next_id: the id to ask from for what comes after this page.
    """

    trades: tuple[Trade, ...]
    refused: tuple[RefusedTrade, ...]
    next_id: int

    def __len__(self) -> int:
        return len(self.trades) + len(self.refused)


class Rest(Protocol):
    """Blocking requests, of one thread. Each raises `RestError` without a usable answer."""

    @property
    def used_weight(self) -> int:
        """Request weight of this minute as the last answer said."""
        ...

    def symbols(self) -> frozenset[str]:
        """Return every symbol that the exchange knows."""
        ...

    def time_ms(self) -> int:
        """Return the exchange's clock, epoch milliseconds."""
        ...


class TradesRest(Rest, Protocol):
    """The requests that a feed of trades makes."""

    page_trades: int
    """The most trades of one page."""

    def history_page(self, symbol: str, from_id: int, limit: int) -> HistoryPage:
        """Return up to `limit` trades in id order, the first being `from_id` or after it."""
        ...

    def newest_ids(self, symbols: Sequence[str]) -> NewestIds:
        """Return each symbol's newest trade id, and the exchange's time before it was asked."""
        ...


class BooksRest(Rest, Protocol):
    """The requests that a feed of books makes."""

    def snapshot(self, symbol: str, limit: int, epoch: int) -> SnapshotAnswer:
        """Return the best levels of a book, or why there are none; raises nothing, asks once."""
        ...


class Venue(Protocol):
    """One market."""

    @property
    def market(self) -> str:
        """Its name in every record."""
        ...

    @property
    def max_streams(self) -> int:
        """Streams that one connection may carry."""
        ...

    def endpoints(self, exchange: str, simulator_url: str) -> Endpoints:
        """Return the addresses of ``live`` or of a simulator."""
        ...

    def subscription(self, stream_url: str, streams: Sequence[str]) -> Subscription:
        """Return how to subscribe to streams.

        Raises:
            ValueError: no streams, or too many for one connection.
        """
        ...


class TradesVenue(Venue, Protocol):
    """A market whose trades can be followed."""

    def trade_stream(self, symbol: str) -> str:
        """Return the name of a symbol's stream of trades."""
        ...

    def decode_trade(self, frame: bytes) -> Event:
        """Return what a frame says; never raises on what was received."""
        ...

    def trades_rest(
        self, endpoints: Endpoints, clock: Clock, stopping: threading.Event
    ) -> TradesRest:
        """Return a client for one thread; `stopping` ends its waiting."""
        ...


class BooksVenue(Venue, Protocol):
    """A market whose books can be followed."""

    @property
    def weight_limit(self) -> int:
        """Request weight that an address may use in a clock minute."""
        ...

    @property
    def accepted_limits(self) -> str:
        """Levels a side that a snapshot may have, in words."""
        ...

    def accepts_limit(self, limit: int) -> bool:
        """Return whether the exchange serves snapshots of so many levels a side."""
        ...

    def snapshot_weight(self, limit: int) -> int:
        """Return the request weight of a snapshot of so many levels a side."""
        ...

    def depth_stream(self, symbol: str, speed: str) -> str:
        """Return the name of a symbol's stream of diffs."""
        ...

    def ticker_stream(self, symbol: str) -> str:
        """Return the name of a symbol's stream of best bid and ask."""
        ...

    def decode_book(self, frame: bytes) -> BookEvent:
        """Return what a frame says; never raises on what was received."""
        ...

    def books_rest(
        self, endpoints: Endpoints, clock: Clock, stopping: threading.Event
    ) -> BooksRest:
        """Return a client for one thread; `stopping` ends its waiting."""
        ...
