"""Diffs, snapshots and a naive book for tests: small numbers, whole prices, ids that count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from market.books.depth_updates import BookSnapshot, DepthDiff

SYMBOL = "BTCUSDT"
TIME_MS = 1_700_000_000_000
Side = Mapping[int, int]
"""Whole sizes by whole price."""
BIDS: Side = {100: 1, 99: 2, 98: 3, 97: 4, 96: 5, 95: 6}
ASKS: Side = {101: 1, 102: 2, 103: 3, 104: 4, 105: 5, 106: 6}


def wire(side: Side) -> list[tuple[str, str]]:
    return [(f"{price}.00", f"{size}.000") for price, size in side.items()]


def spot(first: int, last: int, bids: Side | None = None, asks: Side | None = None) -> DepthDiff:
    """A spot diff whose time is that of its last id."""
    return DepthDiff.from_wire(
        first, last, None, TIME_MS + last, wire(bids or {}), wire(asks or {})
    )


def usdm(
    previous: int, first: int, last: int, bids: Side | None = None, asks: Side | None = None
) -> DepthDiff:
    return DepthDiff.from_wire(
        first, last, previous, TIME_MS + last, wire(bids or {}), wire(asks or {})
    )


def snapshot(
    last: int, bids: Side = BIDS, asks: Side = ASKS, limit: int | None = None
) -> BookSnapshot:
    return BookSnapshot.from_wire(last, wire(bids), wire(asks), TIME_MS, limit)


@dataclass
class NaiveBook:
    """A book that remembers every level it was ever told and searches them all."""

    bids: dict[Decimal, Decimal] = field(default_factory=dict)
    asks: dict[Decimal, Decimal] = field(default_factory=dict)

    def change(self, bids: Sequence[Sequence[str]], asks: Sequence[Sequence[str]]) -> None:
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for price, size in levels:
                side[Decimal(price)] = Decimal(size)
                if not side[Decimal(price)]:
                    del side[Decimal(price)]

    def best(self, count: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Return the best levels, best first, as text with eight decimals."""
        bids = sorted(self.bids.items(), reverse=True)[:count]
        asks = sorted(self.asks.items())[:count]
        return (
            [(f"{price:.8f}", f"{size:.8f}") for price, size in bids],
            [(f"{price:.8f}", f"{size:.8f}") for price, size in asks],
        )
