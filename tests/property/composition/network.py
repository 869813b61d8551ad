"""The network of the model: connections that lose, repeat, reorder, delay and mangle frames.

A connection is made some time after it was asked for and stays connected by itself, as the real
client does. Frames and answers to pings keep their order unless a fault takes it from them.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.feeds.messages import Alive, Connected, Disconnected, Frame
from tests.property.composition.exchange import Published, TrueTrade

TRANSIT_MS = 20
RECONNECT_MS = 300
AHEAD_MS, AHEAD_PAUSE_MS = 40_000, 15_000


class FrameFault(StrEnum):
    """What may happen to one frame on its way."""

    LOST = "lost"
    DOUBLED = "doubled"
    REPEATED_LATER = "repeated_later"
    OVERTAKEN = "overtaken"
    MICROSECONDS = "microseconds"
    YEAR_AHEAD = "year_ahead"
    AHEAD = "ahead"
    MALFORMED = "malformed"
    WITHOUT_A_KEY = "without_a_key"
    BAD_NUMBER = "bad_number"
    ABSURD_ID = "absurd_id"


_MANGLED = {
    FrameFault.WITHOUT_A_KEY: {"p": None, "b": None, "s": ""},
    FrameFault.BAD_NUMBER: {"q": "1e5", "b": [["1_0.5", "NaN"]]},
    FrameFault.ABSURD_ID: {"t": 9_000_000_000_000},
}


@dataclass(slots=True)
class Connection:
    """One connection, and its successors under the same number.

    Attributes:
        market: whose streams it carries.
        streams: pairs of stream and symbol that it was asked for.
        mute: of these, those that do not speak on it.
        connects_ms: when it will be up; None while it is, or when it is closed.
    """

    number: int
    market: str
    streams: frozenset[tuple[str, str]]
    connects_ms: int | None
    is_up: bool = False
    mute: set[tuple[str, str]] = field(default_factory=set)
    mute_next: set[tuple[str, str]] = field(default_factory=set)
    stalled_until_ms: int = 0
    way: deque[tuple[int, object]] = field(default_factory=deque)

    def carry(self, item: object, now_ms: int) -> None:
        """Put something on its way."""
        due_ms = max(now_ms + TRANSIT_MS, self.stalled_until_ms)
        if self.way:
            due_ms = max(due_ms, self.way[-1][0])
        self.way.append((due_ms, item))


class Network:
    """All connections of one task.

    Args:
        now_ms: instants of the exchange, which the network keeps as well.
    """

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.refuses_until_ms = 0
        self.connections: dict[int, Connection] = {}
        self._plan: dict[tuple[int, str, str], deque[FrameFault]] = {}
        self._kept: dict[tuple[int, str, str], bytes] = {}
        self._ahead: Published | None = None

    def open(self, number: int, market: str, streams: Iterable[tuple[str, str]]) -> None:
        """Begin to connect."""
        self.connections[number] = Connection(
            number, market, frozenset(streams), self.now_ms + RECONNECT_MS
        )

    def close(self, number: int) -> None:
        """Close a connection for good."""
        self.connections.pop(number, None)

    def plan(self, number: int, stream: str, symbol: str, faults: Iterable[FrameFault]) -> None:
        """Let the next frames of a stream meet faults on one connection."""
        self._plan.setdefault((number, stream, symbol), deque()).extend(faults)

    def is_alone(self, number: int, stream: str, symbol: str) -> bool:
        """Tell whether a stream of a book is all that says something of the book now.

        When best bid and ask and the diffs of a book are lost together nothing shows that there was
        something, so only one of the two is disturbed at a time.
        """
        sibling = {"depth": "ticker", "ticker": "depth"}.get(stream)
        return sibling is not None and any(
            self._plan.get((one.number, sibling, symbol))
            or (sibling, symbol) in one.mute | one.mute_next
            for one in self.connections.values()
        )

    def cut(self, number: int, *, loses: bool) -> None:
        """Cut a connection; what is on its way may be lost with it."""
        connection = self.connections[number]
        if not connection.is_up:
            return
        if loses:
            connection.way.clear()
        connection.stalled_until_ms = 0
        connection.is_up = False
        connection.way.append((self.now_ms, Disconnected("cut")))
        connection.connects_ms = max(self.now_ms + RECONNECT_MS, self.refuses_until_ms)

    def ping(self, number: int) -> None:
        """Send a ping; its answer comes behind everything that was sent before."""
        connection = self.connections.get(number)
        if connection is not None and connection.is_up:
            connection.carry(Alive(), self.now_ms + TRANSIT_MS)

    def heal(self) -> None:
        """End all faults."""
        self._plan.clear()
        self.refuses_until_ms = 0
        for connection in self.connections.values():
            connection.mute.clear()
            connection.mute_next.clear()
            connection.stalled_until_ms = 0
            if connection.connects_ms is not None:
                connection.connects_ms = min(connection.connects_ms, self.now_ms + RECONNECT_MS)

    def advance(self, now_ms: int) -> None:
        """Make the connections that are due."""
        self.now_ms = now_ms
        for connection in self.connections.values():
            due_ms = connection.connects_ms
            if due_ms is not None and max(due_ms, self.refuses_until_ms) <= now_ms:
                connection.connects_ms, connection.is_up = None, True
                connection.mute, connection.mute_next = connection.mute_next, set()
                connection.carry(Connected("wss://exchange/stream?streams=all"), now_ms)

    def send(self, published: Published) -> None:
        """Put a frame on its way on every connection that carries its stream."""
        key = published.stream, published.symbol
        frame = b""
        for connection in self.connections.values():
            if not connection.is_up or connection.market != published.market:
                continue
            if key not in connection.streams or key in connection.mute:
                continue
            plan = self._plan.get((connection.number, *key))
            if plan or (connection.number, *key) in self._kept:
                fault = plan.popleft() if plan else None
                frames = self._faulty(connection.number, published, fault)
            else:
                frame = frame or published.frame()
                frames = [frame]
            for content in frames:
                connection.carry(content, published.publish_ms)

    def _faulty(
        self, number: int, published: Published, fault: FrameFault | None
    ) -> Iterable[bytes]:
        key = number, published.stream, published.symbol
        if fault is FrameFault.AHEAD and not self._may_be_ahead(published):
            fault = None
        frames = _mangled(published, fault)
        if fault in (FrameFault.OVERTAKEN, FrameFault.REPEATED_LATER):
            overtaken = self._kept.pop(key, None)
            self._kept[key] = published.frame()
            if fault is FrameFault.OVERTAKEN:
                frames = []
            return frames + ([overtaken] if overtaken else [])
        kept = self._kept.pop(key, None)
        return frames + ([kept] if kept else [])

    def _may_be_ahead(self, published: Published) -> bool:
        """Tell whether a trade may be mistimed: two of them would be each other's witness."""
        if published.stream != "trade":
            return False
        last = self._ahead
        if last and last != published and published.publish_ms - last.publish_ms < AHEAD_PAUSE_MS:
            return False
        self._ahead = published
        return True

    def arrived(self) -> Iterable[tuple[int, object]]:
        """Give what has arrived, with the number of its connection."""
        for number, connection in list(self.connections.items()):
            way = connection.way
            while way and way[0][0] <= self.now_ms:
                yield number, way.popleft()[1]


def _mangled(published: Published, fault: FrameFault | None) -> list[bytes]:
    if fault is FrameFault.LOST:
        return []
    if fault is FrameFault.DOUBLED:
        return [published.frame()] * 2
    if fault is FrameFault.MICROSECONDS:
        return [published.frame(unit=1000)]
    if fault is FrameFault.YEAR_AHEAD:
        ahead_ms = published.publish_ms + 365 * 86_400_000
        return [published.frame(E=ahead_ms, T=ahead_ms)]
    if fault is FrameFault.AHEAD:
        made: TrueTrade = published.made  # type: ignore[assignment]
        return [published.frame(E=published.publish_ms + AHEAD_MS, T=made.time_ms + AHEAD_MS)]
    if fault is FrameFault.MALFORMED:
        return [published.frame()[:-9]]
    if fault in _MANGLED:
        return [published.frame(**_MANGLED[fault])]
    return [published.frame()]


__all__ = ["Alive", "Connected", "Connection", "Disconnected", "Frame", "FrameFault", "Network"]
