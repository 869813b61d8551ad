"""What the book feed wants done by those who have sockets and threads: values only."""

from dataclasses import dataclass

NO_LINK = 0
"""Number of what concerns no connection, such as dates of snapshots; connections count from 1."""

CLOCK = -1
"""Number of a question about the exchange's clock that dates no snapshot."""


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Connect, under this number, and stay connected."""

    link: int
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CloseLink:
    """Close a connection for good."""

    link: int


@dataclass(frozen=True, slots=True)
class PingLink:
    """Ask for a sign of life on a connection."""

    link: int


@dataclass(frozen=True, slots=True)
class AskTime:
    """Ask REST for the exchange's time, for a connection, or as `NO_LINK` and `CLOCK` say."""

    link: int


@dataclass(frozen=True, slots=True)
class FetchSnapshot:
    """Ask REST for a snapshot; `epoch` is given back with it."""

    symbol: str
    epoch: int


Wish = OpenLink | CloseLink | PingLink | AskTime | FetchSnapshot
