"""The time in which two connections carry the same diffs, and what both of them sent.

Pure. While a connection is being replaced, its books follow it alone; the diffs of the new one are
kept. At the end the diffs of both are compared and the kept ones are handed over: a book skips what
it knows already and continues with the rest. So nothing is missed and no snapshot is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.feeds.events import DepthReceived
from market.books.depth_updates import id_before

MAX_KEPT_DIFFS = 50_000
"""Of one connection and side: 100 symbols at 100 ms for 50 s."""


@dataclass(frozen=True, slots=True)
class KeptDiff:
    """One diff of the new connection; `receive_time_ms` is our clock."""

    event: DepthReceived
    receive_time_ms: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many diffs came from both connections, by equal and different content."""

    equal: int
    different: int


class Overlap:
    """Collects what an old and a new connection send at the same time.

    Args:
        began_s: monotonic seconds.
    """

    def __init__(self, began_s: float) -> None:
        self.began_s = began_s
        self.kept: list[KeptDiff] = []
        self._old: dict[tuple[str, int], DepthReceived] = {}

    @property
    def is_full(self) -> bool:
        """True when the overlap has to end: no more can be kept."""
        return len(self.kept) >= MAX_KEPT_DIFFS

    def on_old(self, event: DepthReceived) -> None:
        """Note a diff of the old connection."""
        if len(self._old) < MAX_KEPT_DIFFS:
            self._old[event.symbol, event.last_update_id] = event

    def on_new(self, event: DepthReceived, receive_time_ms: int) -> None:
        """Keep a diff of the new connection."""
        self.kept.append(KeptDiff(event, receive_time_ms))

    def continues(self, last_ids: Mapping[str, int]) -> bool:
        """Return whether the kept diffs continue every book without a gap.

        Args:
            last_ids: last update id by symbol, of the books that are live.
        """
        first: dict[str, DepthReceived] = {}
        for kept in self.kept:
            first.setdefault(kept.event.symbol, kept.event)
        return all(
            id_before(event.first_update_id, event.previous_update_id) <= last_ids[symbol]
            for symbol, event in first.items()
            if symbol in last_ids
        )

    def compare(self) -> Comparison:
        """Return how the diffs that both connections sent compare."""
        both = [
            _content(kept.event) == _content(other)
            for kept in self.kept
            if (other := self._old.get((kept.event.symbol, kept.event.last_update_id)))
        ]
        return Comparison(sum(both), len(both) - sum(both))


def _content(event: DepthReceived) -> tuple[object, ...]:
    return event.first_update_id, event.previous_update_id, event.bids, event.asks
