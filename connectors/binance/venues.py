"""Binance's markets as feeds ask for them: streams, frames, REST, and how the markets differ."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.binance import book_protocol, protocol
from connectors.binance.book_rest import BookRest
from connectors.binance.market_rest import (
    SPOT_ROOT,
    SPOT_WEIGHT_LIMIT,
    USDM_ROOT,
    USDM_WEIGHT_LIMIT,
)
from connectors.binance.rest import SpotRest
from connectors.connect.clock import Clock
from connectors.feeds.events import BookEvent, Event
from connectors.feeds.venue import Endpoints, Subscription

PUBLIC_STREAM_URL = "wss://data-stream.binance.vision"
PUBLIC_REST_URL = "https://data-api.binance.vision"
PUBLIC_USDM_STREAM_URL = "wss://fstream.binance.com/public"
"""Of the category that carries books; one connection serves one category."""
PUBLIC_USDM_REST_URL = "https://fapi.binance.com"
PUBLIC_HISTORY_URL = "https://api.binance.com"
"""The data-only host does not list `historicalTrades`; it needs no key here either."""

LIVE = Endpoints(PUBLIC_STREAM_URL, PUBLIC_REST_URL, PUBLIC_HISTORY_URL)
USDM_LIVE = Endpoints(PUBLIC_USDM_STREAM_URL, PUBLIC_USDM_REST_URL, PUBLIC_USDM_REST_URL)


def simulator_endpoints(url: str, category: str = "") -> Endpoints:
    """Return the endpoints of a simulator, which serves everything on one ``http://`` address.

    Args:
        url: of the simulator.
        category: path of a USD-M category, such as ``/public``; spot has none.
    """
    base = url.rstrip("/")
    return Endpoints("ws" + base.removeprefix("http") + category, base, base)


def ticker_stream(symbol: str) -> str:
    """Return the name of a symbol's best bid and ask stream."""
    return f"{symbol.lower()}@bookTicker"


@dataclass(frozen=True, slots=True)
class Venue:
    """One market.

    Attributes:
        market: its name in every record.
        live: the public addresses.
        category: path of its streams at a simulator.
        rest_root: path of its REST endpoints.
        weight_limit: request weight that an address may use in a clock minute.
        snapshot_weights: request weight of a snapshot by the most levels a side that it covers.
        snapshot_limits: the only limits that are accepted; empty for any.
        plain_speed: the speed of the diff stream whose name has no suffix.
    """

    market: str
    live: Endpoints
    category: str
    rest_root: str
    weight_limit: int
    snapshot_weights: tuple[tuple[int, int], ...]
    snapshot_limits: tuple[int, ...]
    plain_speed: str

    def snapshot_weight(self, limit: int) -> int:
        """Return the request weight of a snapshot of so many levels a side."""
        return next(
            (weight for most, weight in self.snapshot_weights if limit <= most),
            self.snapshot_weights[-1][1],
        )

    def accepts_limit(self, limit: int) -> bool:
        """Return whether the exchange serves snapshots of so many levels a side."""
        if self.snapshot_limits:
            return limit in self.snapshot_limits
        return 0 < limit <= self.snapshot_weights[-1][0]

    def depth_stream(self, symbol: str, speed: str) -> str:
        """Return the name of a symbol's diff stream; names are lower case only."""
        suffix = "" if speed == self.plain_speed else f"@{speed}"
        return f"{symbol.lower()}@depth{suffix}"

    @property
    def max_streams(self) -> int:
        """Streams that one connection may carry."""
        return protocol.MAX_STREAMS

    @property
    def accepted_limits(self) -> str:
        """Levels a side that a snapshot may have, in words."""
        return ", ".join(map(str, self.snapshot_limits)) or "1 to 5000"

    def ticker_stream(self, symbol: str) -> str:
        """Return the name of a symbol's best bid and ask stream."""
        return ticker_stream(symbol)

    def trade_stream(self, symbol: str) -> str:
        """Return the name of a symbol's trade stream."""
        return protocol.trade_stream(symbol)

    def subscription(self, stream_url: str, streams: Sequence[str]) -> Subscription:
        """Return how to subscribe to streams.

        Raises:
            ValueError: no streams, or too many for one connection.
        """
        return protocol.subscription(stream_url, streams)

    def decode_trade(self, frame: bytes) -> Event:
        """Return what a frame of a trade stream says; never raises on what was received."""
        return protocol.decode(frame)

    def decode_book(self, frame: bytes) -> BookEvent:
        """Return what a frame of a book stream says; never raises on what was received."""
        return book_protocol.decode(frame)

    def trades_rest(
        self, endpoints: Endpoints, clock: Clock, stopping: threading.Event
    ) -> SpotRest:
        """Return a client of the trade history, for one thread."""
        return SpotRest(endpoints, clock, stopping)

    def books_rest(self, endpoints: Endpoints, clock: Clock, stopping: threading.Event) -> BookRest:
        """Return a client of the books, for one thread."""
        return BookRest(self.rest_root, self.weight_limit, endpoints, clock, stopping)

    def endpoints(self, exchange: str, simulator_url: str) -> Endpoints:
        """Return the addresses of ``live`` or of a simulator."""
        if exchange == "live":
            return self.live
        return simulator_endpoints(simulator_url, self.category)


SPOT = Venue(
    market="binance-spot",
    live=LIVE,
    category="",
    rest_root=SPOT_ROOT,
    weight_limit=SPOT_WEIGHT_LIMIT,
    snapshot_weights=((100, 5), (500, 25), (1_000, 50), (5_000, 250)),
    snapshot_limits=(),
    plain_speed="1000ms",
)

USDM = Venue(
    market="binance-usdm",
    live=USDM_LIVE,
    category="/public",
    rest_root=USDM_ROOT,
    weight_limit=USDM_WEIGHT_LIMIT,
    snapshot_weights=((50, 2), (100, 5), (500, 10), (1_000, 20)),
    snapshot_limits=(5, 10, 20, 50, 100, 500, 1_000),
    plain_speed="250ms",
)
