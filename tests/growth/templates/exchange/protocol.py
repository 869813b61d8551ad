"""Nano's WebSocket protocol without I/O: bytes in, events out. Every frame names its kind."""

from collections.abc import Sequence

import msgspec

from connectors.feeds.events import (
    BookEvent,
    DepthReceived,
    Malformed,
    TickerReceived,
    TradeReceived,
)
from connectors.feeds.venue import Subscription

MAX_STREAMS = 100


class TradeFrame(msgspec.Struct, frozen=True, tag_field="kind", tag="trade"):
    """A trade."""

    symbol: str
    id: int
    price: str
    size: str
    time: int
    maker_buys: bool


class DiffFrame(msgspec.Struct, frozen=True, tag_field="kind", tag="diff"):
    """A diff of a book: new sizes of levels."""

    symbol: str
    first: int
    last: int
    time: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class BestFrame(msgspec.Struct, frozen=True, tag_field="kind", tag="best"):
    """Best bid and ask."""

    symbol: str
    id: int
    time: int
    bid: tuple[str, str]
    ask: tuple[str, str]


_decode = msgspec.json.Decoder(TradeFrame | DiffFrame | BestFrame).decode


def decode(frame: bytes) -> BookEvent:
    """Return what a frame says; never raises on what was received."""
    try:
        one = _decode(frame)
    except msgspec.DecodeError as error:
        return Malformed("", "", "bad_shape", str(error), frame.decode("utf-8", "replace"))
    if isinstance(one, TradeFrame):
        return TradeReceived(
            one.symbol, one.id, one.price, one.size, one.time, one.time, one.maker_buys
        )
    if isinstance(one, DiffFrame):
        return DepthReceived(one.symbol, one.time, one.first, one.last, one.bids, one.asks)
    return TickerReceived(one.symbol, one.id, *one.bid, *one.ask, one.time, one.time)


def subscription(stream_url: str, streams: Sequence[str]) -> Subscription:
    """Return how to subscribe: streams stand in the URL.

    Raises:
        ValueError: no streams, or too many for one connection.
    """
    if not 0 < len(streams) <= MAX_STREAMS:
        raise ValueError(f"expected 1 to {MAX_STREAMS} streams, found {len(streams)}")
    return Subscription(f"{stream_url}/stream?names={','.join(streams)}", (), lambda _: None)
