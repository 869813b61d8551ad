"""A verified book beside the exchange's own at the same update id, level by level."""

from dataclasses import dataclass
from typing import Any

from market.books.order_book import OrderBook
from market.books.scaled_decimals import to_e8


@dataclass(slots=True)
class Comparison:
    """How many proven levels of both sides were as the exchange's own."""

    compared: int = 0
    equal: int = 0
    books: int = 0

    def add(self, ours: OrderBook, own: dict[str, Any]) -> None:
        """Compare one book at one update id."""
        self.books += 1
        for side, levels in ((ours.bids, own["bids"]), (ours.asks, own["asks"])):
            exact = [(to_e8(price), to_e8(size)) for price, size in levels]
            proven = {level for level in exact if side.proves(level[0])}
            found = set(side.levels())
            self.compared += len(proven | found)
            self.equal += len(proven & found)

    @property
    def percent(self) -> float:
        """Equal levels."""
        return 100.0 * self.equal / self.compared if self.compared else 0.0
