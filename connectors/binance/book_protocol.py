"""Binance's book streams without I/O: diffs and best bid and ask, bytes in, events out.

A frame's stream name shows its kind, so that each is decoded once, into its own shape. All other
frames are those of `connectors.binance.protocol`. Unknown keys are ignored.
"""

import re
from collections.abc import Callable

import msgspec

from connectors.binance import protocol
from connectors.feeds.events import BookEvent, DepthReceived, Ignored, Malformed, TickerReceived

HEAD_BYTES = 80
"""An envelope begins with the stream's name, mostly in so few bytes; a name that is written in
escapes is longer, and is found by the envelope's decoder."""

NAME_BYTES = 400
"""In so many the longest name stands, even when all of it is written in escapes."""

_NAME = re.compile(rb'"stream":"([^"]*)"')


class Depth(DepthReceived, frozen=True, gc=False):
    """A diff under Binance's keys, on spot and on USD-M; spot says neither `pu` nor `T`."""

    symbol: str = msgspec.field(name="s")
    publish_time_ms: int = msgspec.field(name="E")
    first_update_id: int = msgspec.field(name="U")
    last_update_id: int = msgspec.field(name="u")
    bids: list[tuple[str, str]] = msgspec.field(name="b")
    asks: list[tuple[str, str]] = msgspec.field(name="a")
    previous_update_id: int | None = msgspec.field(name="pu", default=None)
    change_time_ms: int = msgspec.field(name="T", default=0)


class Ticker(TickerReceived, frozen=True, gc=False):
    """Best bid and ask under Binance's keys; spot says no time."""

    symbol: str = msgspec.field(name="s")
    update_id: int = msgspec.field(name="u")
    bid_price: str = msgspec.field(name="b")
    bid_size: str = msgspec.field(name="B")
    ask_price: str = msgspec.field(name="a")
    ask_size: str = msgspec.field(name="A")
    publish_time_ms: int = msgspec.field(name="E", default=0)
    change_time_ms: int = msgspec.field(name="T", default=0)


class _DepthFrame(msgspec.Struct, frozen=True, gc=False):
    data: Depth


class _TickerFrame(msgspec.Struct, frozen=True, gc=False):
    data: Ticker


_decode_depth = msgspec.json.Decoder(_DepthFrame).decode
_decode_ticker = msgspec.json.Decoder(_TickerFrame).decode


def decode(frame: bytes) -> BookEvent:
    """Return what a frame of a combined connection says; never raises on what was received."""
    head = frame[:HEAD_BYTES]
    if b"@bookTicker" in head:
        return _decoded(frame, _decode_ticker)
    if b"@depth" in head:
        return _decoded(frame, _decode_depth)
    event = protocol.decode(frame)
    if isinstance(event, Ignored):
        if "@bookTicker" in event.stream:
            return _decoded(frame, _decode_ticker)
        if "@depth" in event.stream:
            return _decoded(frame, _decode_depth)
    return event


def _decoded(
    frame: bytes, decode_frame: Callable[[bytes], _TickerFrame | _DepthFrame]
) -> BookEvent:
    try:
        return decode_frame(frame).data
    except msgspec.ValidationError as error:
        return _malformed(frame, "bad_shape", f"expected a known shape: {error}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _malformed(frame, "bad_json", f"expected JSON in UTF-8: {error}")


def _malformed(frame: bytes, reason: str, detail: str) -> Malformed:
    found = _NAME.search(frame[:NAME_BYTES])
    stream = _text(found[1]) if found else ""
    symbol = stream.partition("@")[0]
    payload = frame.decode("utf-8", "backslashreplace")
    return Malformed(stream, symbol.upper(), reason, detail, payload)


def _text(name: bytes) -> str:
    """Return a name as text, with its escapes read where they can be."""
    try:
        return msgspec.json.decode(b'"' + name + b'"', type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return name.decode("utf-8", "replace")
