"""The markets on the simulator's one port, and where each of their streams is served.

A stream's *address* is the path before ``/ws`` or ``/stream`` and the stream's name:
``btcusdt@trade`` on spot, ``public/btcusdt@depth`` or ``market/btcusdt@aggTrade`` on USD-M.
Frames, subscriptions, faults and the status name streams by address, so that two markets with
the same symbol are never confused.
"""

import re
from enum import StrEnum


class Market(StrEnum):
    """A market of the exchange."""

    SPOT = "spot"
    USDM = "usdm"


USDM_CATEGORIES = ("public", "market", "private")
"""The first part of a USD-M WebSocket path; one connection serves one of them."""

_PUBLIC_KINDS = re.compile(r"(?:bookTicker|depth\d*|rpiDepth|trade)(?:@.*)?")


def usdm_category(stream: str) -> str:
    """Return the category that serves a USD-M market stream, ``public`` or ``market``."""
    kind = stream.partition("@")[2] or stream.removeprefix("!")
    return "public" if _PUBLIC_KINDS.fullmatch(kind) else "market"


def address_of(market: Market, stream: str) -> str:
    """Return the address at which a market serves a stream."""
    if market is Market.SPOT:
        return stream
    return address_at(usdm_category(stream), stream)


def address_at(category: str, stream: str) -> str:
    """Return the address of a stream requested at a path; the category is empty on spot.

    On USD-M there may be nothing at that address: a stream in the wrong category is silent.
    """
    return f"{category}/{stream}" if category else stream


def market_of(address: str) -> Market:
    """Return the market that serves an address."""
    return Market.USDM if "/" in address else Market.SPOT


def stream_name(address: str) -> str:
    """Return a stream's name as clients know it."""
    return address.rpartition("/")[2]


def category_of_path(path: str) -> str:
    """Return the USD-M category of a WebSocket path; empty on spot."""
    first = path.split("/", 2)[1]
    return first if first in USDM_CATEGORIES else ""
