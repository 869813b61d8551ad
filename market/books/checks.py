"""Checks of a book against what else the exchange says, at the same update id.

Continuity proves that no diff was lost, not that the diffs were applied correctly. Pure functions;
the caller decides what follows from a difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from market.books.depth_updates import BookSnapshot, DepthDiff, Level, parse_levels
from market.books.order_book import OrderBook
from market.books.scaled_decimals import from_e8
from market.books.side import BookSide


@dataclass(frozen=True, slots=True)
class BookTicker:
    """Best bid and ask as the exchange publishes them; None for a side without a level."""

    update_id: int
    bid: Level | None
    ask: Level | None

    @classmethod
    def from_wire(
        cls, update_id: int, bid_price: str, bid_size: str, ask_price: str, ask_size: str
    ) -> Self:
        """Build it from decimal strings; the exchange writes zeros where a side has no level.

        Raises:
            MalformedRecordError: reason ``bad_decimal`` or ``bad_level``.
        """
        bid, ask = parse_levels(((bid_price, bid_size), (ask_price, ask_size)))
        return cls(update_id, _real(bid), _real(ask))


def _real(level: Level) -> Level | None:
    """Return a level, None when its price or size is zero, which stands for no level."""
    return level if all(level) else None


@dataclass(frozen=True, slots=True)
class Audit:
    """How a book compared with a snapshot at the same update id.

    Attributes:
        update_id: of the snapshot.
        compared: prices within what both prove at which at least one of them has a level.
        matched: of these, the prices with equal sizes.
    """

    update_id: int
    compared: int
    matched: int

    @property
    def match_percent(self) -> float | None:
        """Share of prices that match, 0 to 100; None when there was nothing to compare."""
        return 100 * self.matched / self.compared if self.compared else None


def cross_check(book: OrderBook, book_ticker: BookTicker) -> tuple[str, ...] | None:
    """Compare the top of a book with the exchange's own best bid and ask.

    Returns:
        What differs, each with expectation and finding, empty when nothing does; None when the
        update ids differ, which says nothing about either.
    """
    if book.last_update_id != book_ticker.update_id:
        return None
    return _differences("bid", book.bids, book_ticker.bid) + _differences(
        "ask", book.asks, book_ticker.ask
    )


def _differences(name: str, side: BookSide, expected: Level | None) -> tuple[str, ...]:
    best = side.levels(1)
    found = best[0] if best else None
    if found == expected:
        return ()
    return (f"best {name}: expected {_shown(expected)}, found {_shown(found)}",)


def _shown(level: Level | None) -> str:
    return " x ".join(map(from_e8, level)) if level else "none"


def audit(book: OrderBook, snapshot: BookSnapshot, straddling: DepthDiff | None = None) -> Audit:
    """Compare a book with a snapshot, price by price, within what both prove.

    Args:
        book: as of the snapshot's update id.
        snapshot: what the exchange says.
        straddling: the diff that begins before the snapshot's id and ends after it, if there is
            one: which of its changes the snapshot holds is unknown, so its prices are left out.
    """
    other = OrderBook(snapshot)
    left_out = straddling or DepthDiff(0, 0, None, 0, (), ())
    bids = _compare(book.bids, other.bids, left_out.bids)
    asks = _compare(book.asks, other.asks, left_out.asks)
    return Audit(snapshot.last_update_id, bids[0] + asks[0], bids[1] + asks[1])


def _compare(one: BookSide, two: BookSide, left_out: Iterable[Level]) -> tuple[int, int]:
    """Return how many prices both sides prove and at how many of them the sizes are equal."""
    mine, theirs = dict(one.levels()), dict(two.levels())
    prices = {price for price in mine.keys() | theirs.keys() if one.proves(price)}
    prices = {price for price in prices if two.proves(price)} - {price for price, _ in left_out}
    return len(prices), sum(mine.get(price) == theirs.get(price) for price in prices)
