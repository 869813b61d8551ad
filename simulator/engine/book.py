"""The order book that REST shows: a recorded snapshot plus the diffs streamed since.

Diffs are kept as text and applied when the book is read or many are waiting, so that a replay at
full speed pays little for them. A gap in the recorded diffs makes the book unknown until the next
snapshot.
"""

import heapq
from collections import deque
from dataclasses import dataclass

import msgspec

from simulator.engine.decimals import to_e8

Levels = list[tuple[str, str]]
MOST_PENDING = 256
"""Most diffs kept as text once the book is known: memory must not grow in an endless market."""


class _Snapshot(msgspec.Struct, frozen=True):
    last_update_id: int = msgspec.field(name="lastUpdateId")
    bids: Levels
    asks: Levels
    transaction_time_ms: int = msgspec.field(default=0, name="T")


class _Diff(msgspec.Struct, frozen=True):
    first_update_id: int = msgspec.field(name="U")
    last_update_id: int = msgspec.field(name="u")
    bids: Levels = msgspec.field(name="b")
    asks: Levels = msgspec.field(name="a")
    transaction_time_ms: int = msgspec.field(default=0, name="T")
    chained_to: int | None = msgspec.field(default=None, name="pu")

    @property
    def previous_update_id(self) -> int:
        """The id that the diff continues: USD-M names it, as its ids are sparse; spot counts on."""
        return self.first_update_id - 1 if self.chained_to is None else self.chained_to


@dataclass(frozen=True, slots=True)
class BookView:
    """The best levels of a book at one update id, best first, as wire strings.

    Attributes:
        transaction_time_ms: of the last change; 0 on spot, which does not publish it.
    """

    last_update_id: int
    bids: Levels
    asks: Levels
    transaction_time_ms: int = 0


class RecordedBook:
    """The book of one recorded symbol at the replay's position."""

    def __init__(self) -> None:
        self._pending: deque[bytes] = deque()
        self._last_update_id: int | None = None
        self._transaction_time_ms = 0
        self._bids: dict[str, str] = {}
        self._asks: dict[str, str] = {}

    def on_snapshot(self, text: bytes) -> None:
        """Start over from a REST snapshot, unless the book is already ahead of it."""
        self._apply_pending()
        snapshot = msgspec.json.decode(text, type=_Snapshot)
        if self._last_update_id is not None and snapshot.last_update_id < self._last_update_id:
            return
        self._last_update_id = snapshot.last_update_id
        self._transaction_time_ms = snapshot.transaction_time_ms
        self._bids, self._asks = dict(snapshot.bids), dict(snapshot.asks)

    def on_diff(self, text: bytes) -> None:
        """Remember a streamed diff, even if only a later snapshot may need it."""
        self._pending.append(text)
        if len(self._pending) >= MOST_PENDING:
            self._apply_pending()

    def copy(self) -> "RecordedBook":
        """Return a copy that does not follow the replay."""
        copied = RecordedBook()
        copied._pending = self._pending.copy()
        copied._last_update_id = self._last_update_id
        copied._transaction_time_ms = self._transaction_time_ms
        copied._bids, copied._asks = self._bids.copy(), self._asks.copy()
        return copied

    def view(self, limit: int | None) -> BookView | None:
        """Return the best levels; None before a snapshot or after a gap in the diffs.

        Args:
            limit: most levels per side; None for all.
        """
        self._apply_pending()
        if self._last_update_id is None:
            return None
        bids = sorted(self._bids.items(), key=_price_e8, reverse=True)
        asks = sorted(self._asks.items(), key=_price_e8)
        best = (bids[:limit], asks[:limit])
        return BookView(self._last_update_id, *best, self._transaction_time_ms)

    def best(self) -> tuple[Levels, Levels]:
        """Return the best bid and the best ask, each one level or none."""
        self._apply_pending()
        if self._last_update_id is None:
            return [], []
        # Floats keep the order of prices, and a ticker of all symbols compares many.
        bids = heapq.nlargest(1, self._bids, key=float)
        asks = heapq.nsmallest(1, self._asks, key=float)
        return [(price, self._bids[price]) for price in bids], [
            (price, self._asks[price]) for price in asks
        ]

    def _apply_pending(self) -> None:
        # Without a snapshot all diffs wait: a later one may need any of them.
        while self._pending and self._last_update_id is not None:
            diff = msgspec.json.decode(self._pending[0], type=_Diff)
            if diff.previous_update_id > self._last_update_id:
                # A gap. The diff stays: the next snapshot may be one that it continues.
                self._last_update_id = None
                return
            self._pending.popleft()
            if diff.last_update_id > self._last_update_id:
                _set_levels(self._bids, diff.bids)
                _set_levels(self._asks, diff.asks)
                self._last_update_id = diff.last_update_id
                self._transaction_time_ms = diff.transaction_time_ms


def _price_e8(level: tuple[str, str]) -> int:
    return to_e8(level[0])


def _set_levels(side: dict[str, str], levels: Levels) -> None:
    for price, quantity in levels:
        if to_e8(quantity) == 0:
            side.pop(price, None)
        else:
            side[price] = quantity
