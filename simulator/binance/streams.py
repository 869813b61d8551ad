"""Stream names in URLs, the combined envelope, the connection's time unit, and text frames.

Sans-IO. Names are deliberately not validated: the exchange acknowledges any name and stays silent
on those that it does not serve.
"""

import re
import struct
from enum import IntEnum
from urllib.parse import unquote

import msgspec

SHUTDOWN_STREAM = "!serverShutdown"

_FINAL_TEXT = 0x81
_MICROSECONDS = re.compile(rb'("[ETOC]":\d{13}|"k":\{"t":\d{13})\d{3}(?=[,}])')
_TIME_FIELDS = frozenset({"E", "T", "O", "C", "t"})


class TimeUnit(IntEnum):
    """How many units make a millisecond on a connection."""

    MILLISECOND = 1
    MICROSECOND = 1000


def query_values(raw_query: str, name: str) -> list[str]:
    """Return the decoded values of a query parameter; ``+`` stays a plus (``@+08:00``)."""
    pairs = (part.partition("=") for part in raw_query.split("&"))
    return [unquote(value) for key, _, value in pairs if unquote(key) == name]


def split_names(text: str) -> list[str]:
    """Return the stream names of a decoded ``a/b/c`` list."""
    return [name for name in text.split("/") if name]


def combined(stream: str, payload: bytes) -> bytes:
    """Return a payload in the envelope of a combined connection."""
    return b'{"stream":"%s","data":%s}' % (stream.encode(), payload)


def text_frame(payload: bytes) -> bytes:
    """Return a complete WebSocket text frame of UTF-8 (RFC 6455, unmasked, not fragmented).

    Encoding one recorded message once and joining many into one write is what lets one process
    send tens of thousands of messages a second.
    """
    size = len(payload)
    if size < 126:
        header = bytes((_FINAL_TEXT, size))
    elif size < 65536:
        header = struct.pack("!BBH", _FINAL_TEXT, 126, size)
    else:
        header = struct.pack("!BBQ", _FINAL_TEXT, 127, size)
    return header + payload


def in_microseconds(payload: bytes) -> bytes:
    """Return a payload with all time fields in microseconds; broken JSON stays as it is."""
    try:
        return msgspec.json.encode(_scaled(msgspec.json.decode(payload)))
    except msgspec.DecodeError:
        return payload


def in_milliseconds(payload: bytes) -> bytes:
    """Return a payload with times in microseconds cut to milliseconds."""
    return _MICROSECONDS.sub(rb"\1", payload)


def _scaled(value: object) -> object:
    if isinstance(value, list):
        return [_scaled(item) for item in value]
    if not isinstance(value, dict):
        return value
    is_candle = "i" in value and "x" in value
    return {key: _scaled_field(key, item, is_candle=is_candle) for key, item in value.items()}


def _scaled_field(key: str, item: object, *, is_candle: bool) -> object:
    if isinstance(item, (dict, list)):
        return _scaled(item)
    # `t` is a trade id everywhere but in a candle, whose close time is its last microsecond.
    is_time = key in _TIME_FIELDS and (key != "t" or is_candle)
    if not is_time or not isinstance(item, int):
        return item
    return item * 1000 + (999 if is_candle and key == "T" else 0)
