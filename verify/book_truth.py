"""What each recorded book was after every diff: a plain rebuild, independent of `market`.

Numbers are integers scaled by 10^8, products by 10^16. A gap in the diffs makes the book unknown
until the next recorded snapshot.
"""

import hashlib
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

SIDES = ("bid", "ask")
BANDS_BPS = (10, 25, 50)
SUM_LEVELS = (5, 20)
DIGEST_LEVELS = 20
_SCALE = Decimal(10) ** 8

Levels = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class BookState:
    """A book from one diff until the next.

    Attributes:
        time_ms: of the diff, exchange time.
        scalars: columns of topic `book_tops` by name, scaled by 10^8, depths by 10^16.
        digest: of the 20 best levels a side.
    """

    update_id: int
    time_ms: int
    scalars: Mapping[str, int]
    digest: str


def levels_digest(bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]]) -> str:
    """Return a digest of levels, prices and sizes scaled by 10^8."""
    return hashlib.sha256(repr((list(bids), list(asks))).encode()).hexdigest()


def scaled(text: object) -> int:
    """Return a decimal scaled by 10^8."""
    return int(Decimal(str(text)) * _SCALE)


@dataclass(slots=True)
class _Side:
    """Levels of one side, best first: `order` holds prices, negated for bids."""

    sign: int
    order: list[int] = field(default_factory=list)
    sizes: dict[int, int] = field(default_factory=dict)

    def put(self, price: int, size: int) -> None:
        key = self.sign * price
        if not size:
            if self.sizes.pop(key, None) is not None:
                del self.order[bisect_left(self.order, key)]
            return
        if key not in self.sizes:
            insort(self.order, key)
        self.sizes[key] = size

    def levels(self, count: int) -> Levels:
        return [(self.sign * key, self.sizes[key]) for key in self.order[:count]]

    def scalars(self, name: str, double_mid: int) -> dict[str, int]:
        best = self.levels(max(SUM_LEVELS))
        values = {f"{name}_price": best[0][0], f"{name}_size": best[0][1]}
        for count in SUM_LEVELS:
            values[f"{name}_size_sum_{count}"] = sum(size for _, size in best[:count])
        # A level is within a band while 2 * |price - mid| * 10^4 <= 2 * mid * bps.
        ends = [0]
        for bps in BANDS_BPS:
            limit = double_mid * (self.sign * 10_000 + bps) // 20_000
            ends.append(bisect_left(self.order, limit + 1))
        parts = (
            sum(self.sign * key * self.sizes[key] for key in self.order[begin:end])
            for begin, end in pairwise(ends)
        )
        for bps, quote in zip(BANDS_BPS, accumulate(parts), strict=True):
            values[f"{name}_depth_quote_{bps}_bps"] = quote
        return values


@dataclass(slots=True)
class _Book:
    update_id: int
    bid: _Side = field(default_factory=lambda: _Side(-1))
    ask: _Side = field(default_factory=lambda: _Side(1))

    def put(self, bids: Iterable[Iterable[str]], asks: Iterable[Iterable[str]]) -> None:
        for side, levels in ((self.bid, bids), (self.ask, asks)):
            for price, size in levels:
                side.put(scaled(price), scaled(size))

    def state(self, time_ms: int) -> BookState | None:
        if not (self.bid.order and self.ask.order):
            return None
        double_mid = self.ask.order[0] - self.bid.order[0]
        values = self.bid.scalars("bid", double_mid) | self.ask.scalars("ask", double_mid)
        digest = levels_digest(self.bid.levels(DIGEST_LEVELS), self.ask.levels(DIGEST_LEVELS))
        return BookState(self.update_id, time_ms, values, digest)


def beginning(snapshot: Mapping[str, Any]) -> BookState | None:
    """Return the book with which a market begins, before any diff; None without levels.

    Args:
        snapshot: as REST would have answered before the market's first instant.
    """
    book = _Book(snapshot["lastUpdateId"])
    book.put(snapshot["bids"], snapshot["asks"])
    return book.state(0)


def rebuild(events: Iterable[Mapping[str, Any]]) -> Iterator[BookState]:
    """Yield the state after each diff while the book is known.

    Args:
        events: recorded snapshots and ``depthUpdate`` data of one symbol, in order.
    """
    book: _Book | None = None
    waiting: list[Mapping[str, Any]] = []
    for event in events:
        if "lastUpdateId" not in event:
            waiting.append(event)
        elif book is None or event["lastUpdateId"] >= book.update_id:
            book = _Book(event["lastUpdateId"])
            book.put(event["bids"], event["asks"])
        while book is not None and waiting:
            if waiting[0].get("pu", waiting[0]["U"] - 1) > book.update_id:
                book = None
                break
            diff = waiting.pop(0)
            if diff["u"] > book.update_id:
                book.put(diff["b"], diff["a"])
                book.update_id = diff["u"]
                state = book.state(diff.get("T", diff["E"]))
                if state is not None:
                    yield state
