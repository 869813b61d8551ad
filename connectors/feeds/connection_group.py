"""The symbols that share a connection, and the connections that carry them in turn.

Pure: no socket, no clock. Sockets keep themselves connected; this module says what each of them
means for the books.

Theory of operation
-------------------
* `current` carries the books. When it is lost, so are they, until it is back.
* A replacement is opened before the exchange ends a connection: at an announced shutdown, at the
  end of its lifetime, or when one of its streams has fallen silent. While both are up they overlap
  (`connectors.feeds.overlap`); then the replacement becomes `current`.
* When the current connection ends during the overlap, the replacement takes over at once: it has
  carried everything since before that end. When it ends earlier, the replacement is given up.
* `epoch` counts the losses: an answer to a request from before a loss is not used after it.
* The proven time is that of the current connection, minus the lag of its market, and never runs
  backwards.
* A group *holds* the market's time: nothing is settled that it has not proven. When it is lost, or
  proves nothing for too long, its books are unknown and it holds nothing until it has caught up.
"""

from dataclasses import dataclass, field

from connectors.feeds.connection_time import ConnectionTime
from connectors.feeds.overlap import Overlap


@dataclass(slots=True)
class Connection:
    """One connection.

    Attributes:
        number: unique in the task.
        is_up: it carries its streams now.
        since_s: when it came up, in monotonic seconds.
        is_leaving: the exchange has announced that it will end it.
    """

    number: int
    time: ConnectionTime = field(default_factory=ConnectionTime)
    is_up: bool = False
    since_s: float = 0.0
    is_leaving: bool = False

    def on_up(self, now_s: float) -> None:
        """Note that it is up."""
        self.is_up, self.since_s, self.is_leaving = True, now_s, False
        self.time.on_connected(now_s)

    def on_down(self) -> None:
        """Note that it is gone."""
        self.is_up = False
        self.time.on_disconnected()


@dataclass(slots=True)
class ConnectionGroup:
    """Tracks the connections of some symbols.

    Attributes:
        symbols: upper case.
        current: the connection that the books follow.
        replacement: the one that will take over.
        overlap: while both are up.
        proven_ms: exchange time up to which everything was received; 0 while none is known.
        epoch: how often the books were lost.
    """

    symbols: tuple[str, ...]
    current: Connection
    replacement: Connection | None = None
    overlap: Overlap | None = None
    proven_ms: int = 0
    epoch: int = 0
    holds: bool = True
    waited_s: float = 0.0
    """How long nothing new was proven, in counted seconds (`market_time.LONGEST_STEP_S`)."""
    rotated_s: float = float("-inf")
    """When the last replacement began, in monotonic seconds."""

    @property
    def connections(self) -> list[Connection]:
        """The current connection, and its replacement if there is one."""
        return [self.current, self.replacement] if self.replacement else [self.current]

    def connection(self, number: int) -> Connection:
        """Return a connection by its number."""
        return self.current if self.current.number == number else self.connections[-1]

    def prove(self, lag_ms: int = 0) -> None:
        """Adopt the proven time of the current connection.

        Args:
            lag_ms: how much later than a change its publication may be.
        """
        proven_ms = self.current.time.time_ms - lag_ms
        if proven_ms > self.proven_ms:
            self.proven_ms, self.waited_s = proven_ms, 0.0

    def replace(self, number: int, now_s: float) -> Connection:
        """Begin to replace the current connection."""
        self.replacement = Connection(number)
        self.rotated_s = now_s
        return self.replacement

    def give_up_replacement(self) -> Connection | None:
        """Drop the replacement and return it, if there is one."""
        given_up, self.replacement, self.overlap = self.replacement, None, None
        return given_up

    def promote(self) -> tuple[Connection, Overlap]:
        """Let the replacement take over; return the old connection and the overlap.

        Raises:
            ValueError: there is no overlap.
        """
        if self.replacement is None or self.overlap is None:
            raise ValueError(f"{self.symbols}: expected an overlap, found none")
        old, overlap = self.current, self.overlap
        self.current, self.replacement, self.overlap = self.replacement, None, None
        return old, overlap
