"""All connections of a book connector: which are up, what they prove, which to replace.

Pure: no socket, no clock. `connectors.feeds.connection_group` says what one connection means for
its books; this module numbers them and decides when a replacement begins and takes over.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.feeds.connection_group import Connection, ConnectionGroup
from connectors.feeds.connection_time import Step
from connectors.feeds.messages import (
    AskTime,
    CloseConnection,
    Command,
    OpenConnection,
    PingConnection,
)
from connectors.feeds.overlap import Overlap

OVERLAP_S = 3.0
"""How long the old and the new connection are compared: some 30 diffs of a busy symbol."""

LONGEST_OVERLAP_S = 30.0
"""When the replacement takes over even if its diffs do not continue every book."""

ROTATION_PAUSE_S = 30.0
"""Shortest time between two replacements of one connection because of silent streams."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A replacement took over.

    Attributes:
        old: number of the connection that is closed.
        overlap: what both sent until then.
    """

    group: ConnectionGroup
    old: int
    overlap: Overlap


class ConnectionGroups:
    """Tracks all connections.

    Args:
        symbols: all followed symbols of the market.
        symbols_per_group: how many share a connection.
        lifetime_s: age at which a connection is replaced, in seconds.
    """

    def __init__(self, symbols: Sequence[str], symbols_per_group: int, lifetime_s: float) -> None:
        shares = [
            tuple(symbols[first : first + symbols_per_group])
            for first in range(0, len(symbols), symbols_per_group)
        ]
        self.all = [
            ConnectionGroup(share, Connection(number)) for number, share in enumerate(shares, 1)
        ]
        self.of_symbol = {symbol: group for group in self.all for symbol in group.symbols}
        self.of_connection = {group.current.number: group for group in self.all}
        self._last_number = len(self.all)
        self._lifetime_s = lifetime_s
        self._commands: list[Command] = [
            OpenConnection(group.current.number, group.symbols) for group in self.all
        ]

    def take_commands(self) -> list[Command]:
        """Return the commands collected since the last call."""
        commands, self._commands = self._commands, []
        return commands

    def on_up(self, number: int, now_s: float) -> ConnectionGroup:
        """Note that a connection carries its streams."""
        group = self.of_connection[number]
        connection = group.connection(number)
        connection.on_up(now_s)
        if connection is group.replacement:
            group.overlap = Overlap(now_s)
        return group

    def on_down(self, number: int) -> Handover | None:
        """Note that a connection is gone; return the handover that follows from it."""
        group = self.of_connection[number]
        connection = group.connection(number)
        connection.on_down()
        if connection is group.replacement:
            group.overlap = None
            return None
        if group.overlap is not None:
            # The replacement has carried everything since before this end: nothing is lost.
            return self._hand_over(group)
        # A replacement that is not up yet saves nothing: this connection reconnects by itself.
        if given_up := group.give_up_replacement():
            self._close(given_up)
        return None

    def on_leaving(self, number: int, now_s: float) -> None:
        """Note that the exchange will end a connection."""
        group = self.of_connection[number]
        connection = group.connection(number)
        connection.is_leaving = True
        # A replacement that is leaving is itself replaced once it has taken over (`tick`).
        if connection is group.current:
            self._replace(group, now_s)

    def on_silence(self, group: ConnectionGroup, now_s: float) -> None:
        """Note that one of the current connection's streams has fallen silent."""
        if now_s - group.rotated_s >= ROTATION_PAUSE_S:
            self._replace(group, now_s)

    def tick(
        self, now_s: float, last_ids: Callable[[ConnectionGroup], Mapping[str, int]]
    ) -> list[Handover]:
        """Begin the replacements that are due and return the handovers.

        Args:
            now_s: monotonic seconds.
            last_ids: returns the last update ids of a group's live books.
        """
        self._commands += self._time_steps(now_s)
        for group in self.all:
            connection = group.current
            if connection.is_up and (
                connection.is_leaving or now_s - connection.since_s >= self._lifetime_s
            ):
                self._replace(group, now_s)
        return [self._hand_over(group) for group in self.all if _is_over(group, now_s, last_ids)]

    def _time_steps(self, now_s: float) -> Iterator[Command]:
        for group in self.all:
            step = group.current.time.next_step(now_s)
            if step is Step.ASK_TIME:
                yield AskTime(group.current.number)
            elif step is Step.PING:
                yield PingConnection(group.current.number)

    def _replace(self, group: ConnectionGroup, now_s: float) -> None:
        if group.replacement is not None:
            return
        self._last_number += 1
        connection = group.replace(self._last_number, now_s)
        self.of_connection[connection.number] = group
        self._commands.append(OpenConnection(connection.number, group.symbols))

    def _hand_over(self, group: ConnectionGroup) -> Handover:
        old, overlap = group.promote()
        self._close(old)
        return Handover(group, old.number, overlap)

    def _close(self, connection: Connection) -> None:
        del self.of_connection[connection.number]
        self._commands.append(CloseConnection(connection.number))


def _is_over(
    group: ConnectionGroup, now_s: float, last_ids: Callable[[ConnectionGroup], Mapping[str, int]]
) -> bool:
    """Return whether the replacement may take over."""
    overlap = group.overlap
    if overlap is None or now_s - overlap.began_s < OVERLAP_S:
        return False
    if overlap.is_full or now_s - overlap.began_s >= LONGEST_OVERLAP_S:
        # A book that does not continue takes a new snapshot; the others must not wait for it.
        return True
    return overlap.continues(last_ids(group))
