"""The order book of one synthetic symbol: two sides, one counter, and what has changed.

Pure integers: prices in ticks, sizes in steps. Every change of a level takes new update ids, so
that one sequence numbers diffs, best prices and snapshots alike. The callers that change levels
decide what a valid book is; the ladder only keeps the order.
"""

from bisect import bisect_left, insort


class LadderSide:
    """The levels of one side.

    Args:
        sign: 1 for bids, -1 for asks: the best level has the greatest sign times tick.
    """

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.sizes: dict[int, int] = {}
        self._keys: list[int] = []

    def __len__(self) -> int:
        """How many levels there are."""
        return len(self._keys)

    def tick_at(self, index: int) -> int:
        """Return the price of a level, counted from the best as 0."""
        return self._keys[-1 - index] * self.sign

    @property
    def best(self) -> tuple[int, int]:
        """Price and size of the best level."""
        tick = self._keys[-1] * self.sign
        return tick, self.sizes[tick]

    @property
    def worst_tick(self) -> int:
        """The price farthest from the market."""
        return self._keys[0] * self.sign

    def ticks(self, limit: int) -> list[int]:
        """Return the best prices, best first."""
        return [key * self.sign for key in self._keys[: -limit - 1 : -1]]

    def worse(self, tick: int, by: int) -> int:
        """Return the price that is worse by a number of ticks."""
        return tick - self.sign * by

    def put(self, tick: int, size: int) -> None:
        """Set the size of a level; 0 removes it."""
        key = tick * self.sign
        if size:
            if tick not in self.sizes:
                insort(self._keys, key)
            self.sizes[tick] = size
        elif self.sizes.pop(tick, 0):
            del self._keys[bisect_left(self._keys, key)]


class Ladder:
    """Both sides of a book.

    Args:
        update_id: of the empty book.

    Attributes:
        update_id: of the last change.
        first_changed_id: of the first change since the changes were taken.
    """

    def __init__(self, update_id: int) -> None:
        self.update_id = self.first_changed_id = update_id
        self.bids, self.asks = LadderSide(1), LadderSide(-1)
        self._changed: set[tuple[int, int]] = set()

    def side(self, sign: int) -> LadderSide:
        """Return the bids for 1, the asks for -1."""
        return self.bids if sign > 0 else self.asks

    def put(self, sign: int, tick: int, size: int, ids: int = 1) -> None:
        """Set the size of a level, 0 removes it; the change takes `ids` update ids."""
        self.side(sign).put(tick, size)
        self.update_id += ids
        if not self._changed:
            self.first_changed_id = self.update_id
        self._changed.add((sign, tick))

    @property
    def best(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Price and size of the best bid and the best ask."""
        return self.bids.best, self.asks.best

    @property
    def is_changed(self) -> bool:
        """True when a level was set since the changes were taken."""
        return bool(self._changed)

    def take_changes(self) -> set[tuple[int, int]]:
        """Return sign and tick of every level set since the last call."""
        changed, self._changed = self._changed, set()
        return changed
