"""What the book feed wants done by those who have sockets and threads: values only."""

from dataclasses import dataclass

NO_CONNECTION = 0
"""Number of what concerns no connection, such as dates of snapshots; connections count from 1."""

CLOCK = -1
"""Number of a question about the exchange's clock that dates no snapshot."""


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """Connect, under this number, and stay connected."""

    connection: int
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close a connection for good."""

    connection: int


@dataclass(frozen=True, slots=True)
class PingConnection:
    """Ask for a sign of life on a connection."""

    connection: int


@dataclass(frozen=True, slots=True)
class AskTime:
    """Ask REST for the exchange's time, for a connection, or as `NO_CONNECTION` and `CLOCK` say."""

    connection: int


@dataclass(frozen=True, slots=True)
class FetchSnapshot:
    """Ask REST for a snapshot; `epoch` is given back with it."""

    symbol: str
    epoch: int


Command = OpenConnection | CloseConnection | PingConnection | AskTime | FetchSnapshot
