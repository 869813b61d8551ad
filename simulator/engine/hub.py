"""The connections and their subscriptions, and the fan-out of frames.

A frame is encoded once per envelope and shared by all its subscribers.
"""

import time
from collections.abc import Collection, Iterable

import msgspec

from simulator.binance.connection import Connection
from simulator.binance.streams import (
    SHUTDOWN_STREAM,
    TimeUnit,
    combined,
    in_microseconds,
    text_frame,
)
from simulator.binance.venues import stream_name
from simulator.engine.events import Frame
from simulator.engine.faults import FaultSpec


class Hub:
    """The connections of a simulator."""

    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        self._subscribers: dict[str, set[Connection]] = {}
        self._unflushed: set[Connection] = set()
        self._opened = 0

    def add(self, connection: Connection) -> None:
        """Add a connection with the streams of its URL."""
        self._opened += 1
        connection.number = self._opened
        self._connections.add(connection)
        self.refresh(connection)

    def remove(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._connections.discard(connection)
        self._unflushed.discard(connection)
        self._unsubscribe(connection, set())

    def refresh(self, connection: Connection) -> None:
        """Update the subscriptions after a change of a connection's streams."""
        wanted = set(connection.addresses)
        self._unsubscribe(connection, wanted)
        for stream in wanted:
            self._subscribers.setdefault(stream, set()).add(connection)

    def _unsubscribe(self, connection: Connection, wanted: set[str]) -> None:
        gone = [
            stream
            for stream, subscribers in self._subscribers.items()
            if connection in subscribers and stream not in wanted
        ]
        for stream in gone:
            self._subscribers[stream].discard(connection)
            if not self._subscribers[stream]:
                del self._subscribers[stream]

    def subscriptions(self) -> dict[str, int]:
        """Return the number of subscribers of each stream's address."""
        return {stream: len(those) for stream, those in sorted(self._subscribers.items())}

    @property
    def connection_count(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    def publish(self, frame: Frame) -> None:
        """Queue a frame for its subscribers."""
        subscribers = self._subscribers.get(frame.stream)
        if subscribers and frame.withheld_from:
            subscribers = subscribers - self._chosen(subscribers, frame.withheld_from)
        if subscribers:
            self._queue(subscribers, frame.stream, frame.payload)

    def _chosen(
        self, connections: Collection[Connection], choices: Iterable[str | int]
    ) -> set[Connection]:
        """Return the connections that faults name: the oldest, the newest, or by number."""
        by_number = {connection.number: connection for connection in connections}
        ends = {"oldest": min(by_number, default=0), "newest": max(by_number, default=0)}
        numbers = {choice if isinstance(choice, int) else ends[choice] for choice in choices}
        return {by_number[number] for number in numbers if number in by_number}

    def announce_shutdown(self) -> None:
        """Announce to every connection that the server shuts down."""
        event = {"e": "serverShutdown", "E": int(time.time() * 1000)}
        self._queue(self._connections, SHUTDOWN_STREAM, msgspec.json.encode(event))
        self.flush()

    def _queue(self, connections: set[Connection], stream: str, payload: bytes) -> None:
        encoded: dict[tuple[bool, TimeUnit], bytes] = {}
        for connection in connections:
            envelope = connection.envelope
            if envelope not in encoded:
                encoded[envelope] = _encoded(stream, payload, envelope)
            connection.send(encoded[envelope])
        self._unflushed |= connections

    def flush(self) -> None:
        """Write what is queued to the sockets."""
        unflushed, self._unflushed = self._unflushed, set()
        for connection in unflushed:
            connection.flush()

    def backlogged(self) -> bool:
        """Return whether any reader is behind."""
        return any(connection.backlogged for connection in self._connections)

    def connection_numbers(self) -> list[int]:
        """Return the numbers of the open connections, the oldest first."""
        return sorted(connection.number for connection in self._connections)

    def abort(self, spec: FaultSpec) -> None:
        """Reset the connections that a cut affects."""
        affected = {each for each in self._connections if each.is_affected_by(spec)}
        if spec.connection != "":
            affected = self._chosen(affected, [spec.connection])
        for connection in affected:
            connection.abort()

    def abort_all(self) -> None:
        """Reset every connection."""
        for connection in self._connections:
            connection.abort()

    async def close_all(self, code: int, reason: str) -> None:
        """Close every connection in order."""
        for connection in list(self._connections):
            await connection.close(code, reason)


def _encoded(stream: str, payload: bytes, envelope: tuple[bool, TimeUnit]) -> bytes:
    is_combined, unit = envelope
    if unit is TimeUnit.MICROSECOND:
        payload = in_microseconds(payload)
    return text_frame(combined(stream_name(stream), payload) if is_combined else payload)
