"""Binance's WebSocket protocol without I/O: bytes in, events out.

No socket, no clock, no reconnect lives here. Every frame is decoded exactly once, combined
envelope and bare payload alike, and keys that we do not know are passed over. What an exchange
sends is never trusted: a frame that cannot be read becomes `Malformed`, not an exception.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec

from connectors.feeds.events import (
    Acknowledged,
    Event,
    Ignored,
    Malformed,
    Refused,
    ServerShutdown,
    TradeReceived,
)
from connectors.feeds.venue import Subscription

MAX_STREAMS = 1024
"""Streams that one connection may carry."""

MAX_URL_CHARACTERS = 4_000
"""Common servers refuse request lines beyond 8 KiB; longer lists go into SUBSCRIBE messages."""

MAX_MESSAGE_STREAMS, MAX_MESSAGE_BYTES = 100, 4_000
"""Of one SUBSCRIBE: servers were seen that ignore texts beyond 8 KiB without a word."""


class _Payload(msgspec.Struct, frozen=True):
    """Every key of the events that we read; each event uses some."""

    e: str = ""
    E: int = 0
    s: str = ""
    t: int | None = None
    p: str | None = None
    q: str | None = None
    T: int | None = None
    m: bool | None = None


class _Error(msgspec.Struct, frozen=True):
    code: int = 0
    msg: str = ""


class _Frame(_Payload, frozen=True):
    """A frame in any of its forms: bare payload, combined envelope, answer, error."""

    stream: str = ""
    data: _Payload | None = None
    result: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    id: int | str | None = None
    code: int | None = None
    msg: str = ""
    error: _Error | None = None


class _Answer(msgspec.Struct, frozen=True):
    """What distinguishes the answer to a request from any event."""

    result: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    id: int | str | None = None
    code: int | None = None
    msg: str = ""
    error: _Error | None = None


_decode = msgspec.json.Decoder(_Frame).decode
_decode_answer = msgspec.json.Decoder(_Answer).decode


def decode(frame: bytes) -> Event:
    """Return what a frame says; never raises on what was received."""
    try:
        message = _decode(frame)
    except msgspec.ValidationError as error:
        return _malformed(frame, "bad_shape", f"expected a known shape: {error}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _malformed(frame, "bad_json", f"expected JSON in UTF-8: {error}")
    payload = message.data
    if payload is None:
        payload = message
    if payload.e == "trade":
        return _trade(payload, message.stream, frame)
    if payload.e == "serverShutdown":
        return ServerShutdown(payload.E)
    if payload is message:
        return _answer(message, frame)
    return Ignored(message.stream, payload.e)


def _trade(payload: _Payload, stream: str, frame: bytes) -> Event:
    if (
        payload.t is None
        or payload.p is None
        or payload.q is None
        or payload.T is None
        or payload.m is None
        or not payload.s
    ):
        wanted = {name: getattr(payload, name) for name in ("s", "t", "p", "q", "T", "m")}
        absent = ", ".join(name for name, value in wanted.items() if value in (None, ""))
        detail = f"trade event: expected keys s, t, p, q, T and m, found none for {absent}"
        return Malformed(stream, payload.s, "missing_key", detail, _text(frame))
    return TradeReceived(
        payload.s, payload.t, payload.p, payload.q, payload.E, payload.T, payload.m
    )


def answer_of(frame: bytes) -> Acknowledged | Refused | None:
    """Return the answer to a request of ours; None for any other frame."""
    try:
        return _read_answer(_decode_answer(frame))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read_answer(message: _Frame | _Answer) -> Acknowledged | Refused | None:
    if message.error is not None:
        return Refused(message.error.code, message.error.msg, message.id)
    if message.code is not None:
        return Refused(message.code, message.msg, message.id)
    return None if message.result is msgspec.UNSET else Acknowledged(message.id)


def _answer(message: _Frame, frame: bytes) -> Event:
    if answer := _read_answer(message):
        return answer
    if message.e or message.s:
        return Ignored(message.stream, message.e)
    return _malformed(frame, "bad_shape", "expected an event, an answer or an error object")


def _malformed(frame: bytes, reason: str, detail: str) -> Malformed:
    return Malformed("", "", reason, detail, _text(frame))


def _text(frame: bytes) -> str:
    return frame.decode("utf-8", "backslashreplace")


def trade_stream(symbol: str) -> str:
    """Return the name of a symbol's trade stream; names are lower case only."""
    return f"{symbol.lower()}@trade"


def subscription(base_url: str, streams: Sequence[str]) -> Subscription:
    """Return how to subscribe: in the URL when it stays short, else in SUBSCRIBE messages.

    Args:
        base_url: scheme and host, such as ``wss://data-stream.binance.vision``.
        streams: names, at most `MAX_STREAMS`.

    Raises:
        ValueError: no streams, or too many for one connection.
    """
    if not 0 < len(streams) <= MAX_STREAMS:
        raise ValueError(f"expected 1 to {MAX_STREAMS} streams, found {len(streams)}")
    url = f"{base_url}/stream?streams={'/'.join(quote(name, safe='@') for name in streams)}"
    if len(url) <= MAX_URL_CHARACTERS:
        return Subscription(url, (), answer_of)
    return Subscription(f"{base_url}/stream", tuple(_subscribe_messages(streams)), answer_of)


def _subscribe_messages(streams: Sequence[str]) -> Iterator[bytes]:
    number, chunk = 1, list[str]()
    for name in streams:
        wanted = [*chunk, name]
        if chunk and (
            len(wanted) > MAX_MESSAGE_STREAMS
            or len(_subscribe_message(wanted, number)) > MAX_MESSAGE_BYTES
        ):
            yield _subscribe_message(chunk, number)
            number, wanted = number + 1, [name]
        chunk = wanted
    yield _subscribe_message(chunk, number)


def _subscribe_message(streams: Sequence[str], request_id: int) -> bytes:
    request = {"method": "SUBSCRIBE", "params": streams, "id": request_id}
    return msgspec.json.encode(request)
