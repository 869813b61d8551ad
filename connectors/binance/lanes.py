"""All connections of a book connector: which is up, which proves what, which is to be replaced.

Pure: no socket, no clock. What one connection means for its books is told in
`connectors.binance.lane`; here are their numbers, and when a replacement begins and takes over.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.binance.book_wishes import AskTime, CloseLink, OpenLink, PingLink, Wish
from connectors.binance.connection_time import Step
from connectors.binance.lane import Lane, Link
from connectors.binance.overlap import Overlap

OVERLAP_S = 3.0
"""How long old and new connection are compared: some 30 diffs of a busy symbol."""

LONGEST_OVERLAP_S = 30.0
"""When the replacement takes over although a book cannot go on with it."""

ROTATION_PAUSE_S = 30.0
"""Shortest time between two replacements of one connection because of silent streams."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A replacement took over.

    Attributes:
        old: number of the connection that is closed.
        overlap: what both said until then.
    """

    lane: Lane
    old: int
    overlap: Overlap


class Lanes:
    """Follows all connections.

    Args:
        symbols: all of the market that are followed.
        symbols_per_lane: how many share a connection.
        lifetime_s: age at which a connection is replaced, in seconds.
    """

    def __init__(self, symbols: Sequence[str], symbols_per_lane: int, lifetime_s: float) -> None:
        shares = [
            tuple(symbols[first : first + symbols_per_lane])
            for first in range(0, len(symbols), symbols_per_lane)
        ]
        self.all = [Lane(share, Link(number)) for number, share in enumerate(shares, 1)]
        self.of_symbol = {symbol: lane for lane in self.all for symbol in lane.symbols}
        self.of_link = {lane.current.number: lane for lane in self.all}
        self._last_number = len(self.all)
        self._lifetime_s = lifetime_s
        self._wishes: list[Wish] = [
            OpenLink(lane.current.number, lane.symbols) for lane in self.all
        ]

    def take_wishes(self) -> list[Wish]:
        """Return what has gathered since the last call."""
        wishes, self._wishes = self._wishes, []
        return wishes

    def on_up(self, number: int, now_s: float) -> Lane:
        """Note that a connection carries its streams."""
        lane = self.of_link[number]
        link = lane.link(number)
        link.on_up(now_s)
        if link is lane.replacement:
            lane.overlap = Overlap(now_s)
        return lane

    def on_down(self, number: int) -> Handover | None:
        """Note that a connection is gone; return the handover that follows from it."""
        lane = self.of_link[number]
        link = lane.link(number)
        link.on_down()
        if link is lane.replacement:
            lane.overlap = None
            return None
        if lane.overlap is not None:
            return self._hand_over(lane)
        if given_up := lane.give_up_replacement():
            self._close(given_up)
        return None

    def on_leaving(self, number: int, now_s: float) -> None:
        """Note that the exchange will end a connection."""
        lane = self.of_link[number]
        link = lane.link(number)
        link.is_leaving = True
        if link is lane.current:
            self._replace(lane, now_s)

    def on_silence(self, lane: Lane, now_s: float) -> None:
        """Note that a stream of a connection fell silent."""
        if now_s - lane.rotated_s >= ROTATION_PAUSE_S:
            self._replace(lane, now_s)

    def tick(self, now_s: float, last_ids: Callable[[Lane], Mapping[str, int]]) -> list[Handover]:
        """Begin the replacements that are due and return the handovers.

        Args:
            now_s: monotonic seconds.
            last_ids: tells the last update ids of a lane's live books.
        """
        self._wishes += self._time_steps(now_s)
        for lane in self.all:
            link = lane.current
            if link.is_up and (link.is_leaving or now_s - link.since_s >= self._lifetime_s):
                self._replace(lane, now_s)
        return [self._hand_over(lane) for lane in self.all if _is_over(lane, now_s, last_ids)]

    def _time_steps(self, now_s: float) -> Iterator[Wish]:
        for lane in self.all:
            step = lane.current.time.next_step(now_s)
            if step is Step.ASK_TIME:
                yield AskTime(lane.current.number)
            elif step is Step.PING:
                yield PingLink(lane.current.number)

    def _replace(self, lane: Lane, now_s: float) -> None:
        if lane.replacement is not None:
            return
        self._last_number += 1
        link = lane.replace(self._last_number, now_s)
        self.of_link[link.number] = lane
        self._wishes.append(OpenLink(link.number, lane.symbols))

    def _hand_over(self, lane: Lane) -> Handover:
        old, overlap = lane.promote()
        self._close(old)
        return Handover(lane, old.number, overlap)

    def _close(self, link: Link) -> None:
        del self.of_link[link.number]
        self._wishes.append(CloseLink(link.number))


def _is_over(lane: Lane, now_s: float, last_ids: Callable[[Lane], Mapping[str, int]]) -> bool:
    """Tell whether the replacement may take over."""
    overlap = lane.overlap
    if overlap is None or now_s - overlap.began_s < OVERLAP_S:
        return False
    if overlap.is_full or now_s - overlap.began_s >= LONGEST_OVERLAP_S:
        return True
    return overlap.joins(last_ids(lane))
