"""What the book feed asks the task, which has the sockets and threads, to do: values only."""

from dataclasses import dataclass

NO_CONNECTION = 0
"""For what concerns no connection, such as dates of snapshots; connections count from 1."""

CLOCK = -1
"""For a request for the exchange's time that dates no snapshot."""


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """Connect, under this number, and stay connected."""

    connection: int
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close a connection permanently."""

    connection: int


@dataclass(frozen=True, slots=True)
class PingConnection:
    """Ping the exchange on a connection."""

    connection: int


@dataclass(frozen=True, slots=True)
class AskTime:
    """Ask REST for the exchange's time, for a connection, or as `NO_CONNECTION` and `CLOCK` say."""

    connection: int


@dataclass(frozen=True, slots=True)
class FetchSnapshot:
    """Ask REST for a snapshot; the answer returns `epoch`."""

    symbol: str
    epoch: int


Command = OpenConnection | CloseConnection | PingConnection | AskTime | FetchSnapshot
