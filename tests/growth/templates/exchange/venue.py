"""Nano's only market, as feeds ask for it."""

import threading
from collections.abc import Sequence

from connectors.nano import protocol
from connectors.nano.rest import MARKET, NanoRest

from connectors.connect.clock import Clock
from connectors.feeds.events import BookEvent, DepthReceived, Event, TickerReceived
from connectors.feeds.venue import Endpoints, Subscription

LIVE = Endpoints("wss://nano.invalid", "https://nano.invalid", "https://nano.invalid")


class NanoSpot:
    """Market `nano-spot`."""

    market = MARKET
    max_streams = protocol.MAX_STREAMS
    weight_limit = 6_000
    accepted_limits = "1 to 1000"

    def endpoints(self, exchange: str, simulator_url: str) -> Endpoints:
        """Return the addresses of ``live`` or of a simulator."""
        if exchange == "live":
            return LIVE
        url = simulator_url.rstrip("/")
        return Endpoints("ws" + url.removeprefix("http"), url, url)

    def subscription(self, stream_url: str, streams: Sequence[str]) -> Subscription:
        """Return how to subscribe to streams."""
        return protocol.subscription(stream_url, streams)

    def trade_stream(self, symbol: str) -> str:
        """Return the name of a symbol's stream of trades."""
        return f"{symbol}.trade"

    def depth_stream(self, symbol: str, speed: str) -> str:
        """Return the name of a symbol's stream of diffs; there is one speed."""
        return f"{symbol}.diff"

    def ticker_stream(self, symbol: str) -> str:
        """Return the name of a symbol's stream of best bid and ask."""
        return f"{symbol}.best"

    def decode_trade(self, frame: bytes) -> Event:
        """Return what a frame of a trade stream says."""
        event = protocol.decode(frame)
        if isinstance(event, (TickerReceived, DepthReceived)):
            raise TypeError(f"expected frames of trades, found {event!r}")
        return event

    def decode_book(self, frame: bytes) -> BookEvent:
        """Return what a frame of a book stream says."""
        return protocol.decode(frame)

    def accepts_limit(self, limit: int) -> bool:
        """Return whether the exchange serves snapshots of so many levels a side."""
        return 0 < limit <= 1_000

    def snapshot_weight(self, limit: int) -> int:
        """Return the request weight of a snapshot."""
        return 1

    def trades_rest(
        self, endpoints: Endpoints, clock: Clock, stopping: threading.Event
    ) -> NanoRest:
        """Return a client for one thread."""
        return NanoRest(endpoints, clock, stopping)

    books_rest = trades_rest


NANO_SPOT = NanoSpot()
