"""Messages from the receiving threads to the task, and commands of the book feed: values only.

The book feed has no sockets and no threads, so it asks the task to use them.
"""

from dataclasses import dataclass

from market.books.depth_updates import BookSnapshot
from market.trades.backfills import BackfillResult, NewestIds


@dataclass(frozen=True, slots=True)
class Connected:
    """Every subscription is acknowledged; frames of this connection follow.

    Frames received while subscribing follow too. They count like any others, but only from here on
    is every stream heard.
    """

    url: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone, or could not be opened.

    Attributes:
        subscription_failed: the exchange refused to subscribe, or did not acknowledge it.
    """

    reason: str
    subscription_failed: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One text frame.

    Attributes:
        receive_time_ms: our clock when it was read.
    """

    content: bytes
    receive_time_ms: int


@dataclass(frozen=True, slots=True)
class Alive:
    """The exchange answered a ping: everything that it sent before has been received."""


@dataclass(frozen=True, slots=True)
class ExchangeTime:
    """The answer of REST `time`; None when there was none."""

    time_ms: int | None


@dataclass(frozen=True, slots=True)
class SnapshotAnswer:
    """The answer of REST `depth`, or why there is none.

    Attributes:
        epoch: of the connection that it was asked for.
        snapshot: None when it failed.
        failure: why it failed; empty when it did not.
        used_weight: of this minute as the exchange reported it; None when it did not.
        refused_s: seconds for which the exchange wants no request; None when it did not refuse.
        is_final: asking again soon would bring the same failure.
        is_gone: the exchange does not list the symbol.
    """

    symbol: str
    epoch: int
    snapshot: BookSnapshot | None = None
    failure: str = ""
    used_weight: int | None = None
    refused_s: float | None = None
    is_final: bool = False
    is_gone: bool = False


Message = (
    Connected
    | Disconnected
    | Frame
    | Alive
    | ExchangeTime
    | BackfillResult
    | NewestIds
    | SnapshotAnswer
)


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
