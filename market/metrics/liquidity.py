"""Reference definitions of the book's metrics, as plain functions that the SQL must equal.

Sums are exact decimals. A quotient that is averaged over time (spread in bps, imbalance) is a
decimal rounded half to even to twelve decimals, so that its sums are exact in any order; every
other quotient is a float computed once, from exact sums. None means unknown and is never zero.
Nothing here is fast, and nothing here is used on a hot path.

A *level* is a price (quote per base) and a size (base); levels are given best first. A *step* is a
value that holds from its time until the next step's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

Level = tuple[Decimal, Decimal]
Step = tuple[int, Decimal | None]
"""Time in epoch milliseconds and the value from then on; None when it is unknown from then on."""

_EXACT = Context(prec=76)
"""Twice the digits of the widest column: no sum or product of columns is ever rounded."""

RATIO = Decimal("1e-12")
"""What a quotient is rounded to before it is summed."""


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Return an exact quotient rounded once, half to even, to twelve decimals."""
    scaled = Fraction(numerator) / Fraction(denominator) / Fraction(RATIO)
    with localcontext(_EXACT):
        return round(scaled) * RATIO


def spread(best_bid: Decimal, best_ask: Decimal) -> Decimal:
    """Return best ask - best bid, quote per base, exact."""
    with localcontext(_EXACT):
        return best_ask - best_bid


def spread_bps(best_bid: Decimal, best_ask: Decimal) -> Decimal:
    """Return the spread in basis points of the mid, (best bid + best ask) / 2."""
    with localcontext(_EXACT):
        return ratio(20_000 * (best_ask - best_bid), best_bid + best_ask)


def effective_spread_bps(price: Decimal, best_bid: Decimal, best_ask: Decimal) -> Decimal:
    """Return 2 * |price - mid| / mid in basis points: what a trade paid for both ways.

    Args:
        price: of the trade, quote per base.
        best_bid: as known at the trade's time.
        best_ask: likewise; mid = (best bid + best ask) / 2.
    """
    with localcontext(_EXACT):
        double_mid = best_bid + best_ask
        return ratio(20_000 * abs(2 * price - double_mid), double_mid)


def order_book_imbalance(bids: Sequence[Level], asks: Sequence[Level], count: int) -> Decimal:
    """Return OBI_n: (bid size - ask size) / both over the best levels of each side, in [-1, 1].

    Args:
        bids: levels, best first.
        asks: levels, best first.
        count: n; a side with fewer levels in all counts with those it has. The caller must know
            whether more exist beyond the known ones.

    Raises:
        ValueError: both sides are empty, and the imbalance is unknown.
    """
    with localcontext(_EXACT):
        bid_size = sum((size for _, size in bids[:count]), Decimal(0))
        ask_size = sum((size for _, size in asks[:count]), Decimal(0))
        if not bid_size + ask_size:
            raise ValueError(
                f"order_book_imbalance over {count} levels: expected a size on a side, found none"
            )
        return ratio(bid_size - ask_size, bid_size + ask_size)


def microprice(best_bid: Level, best_ask: Level) -> float:
    """Return the mid weighted towards the thinner side, quote per base.

    (ask price * bid size + bid price * ask size) / (bid size + ask size)
    """
    (bid_price, bid_size), (ask_price, ask_size) = best_bid, best_ask
    with localcontext(_EXACT):
        weighted = ask_price * bid_size + bid_price * ask_size
        return float(weighted) / float(bid_size + ask_size)


def depth_quote(
    levels: Sequence[Level], mid: Decimal, bps: int, edge: Decimal | None
) -> Decimal | None:
    """Return the quote value of one side within a band around the mid, its end included.

    Args:
        levels: of one side.
        mid: (best bid + best ask) / 2, quote per base.
        bps: half the band's width, basis points of the mid.
        edge: worst price up to which every level is known; None when the whole side is known.

    Returns:
        Sum of price * size, exact; None when the band's end lies beyond the edge.
    """
    with localcontext(_EXACT):
        width = mid * bps
        if edge is not None and abs(edge - mid) * 10_000 < width:
            return None
        within = (level for level in levels if abs(level[0] - mid) * 10_000 <= width)
        return sum((price * size for price, size in within), Decimal(0))


@dataclass(frozen=True, slots=True)
class TimeWeighted:
    """One value over one window, only while it was known.

    Attributes:
        weighted_sum: exact sum of value * milliseconds that it held; the sums of the parts of a
            window add up to the window's.
        minimum: of the values that held for a millisecond or more, as is `maximum`.
        last: the value at the window's end; None when it was unknown then.
        known_ms: milliseconds of the window in which the value was known.
    """

    weighted_sum: Decimal
    minimum: Decimal
    maximum: Decimal
    last: Decimal | None
    known_ms: int

    @property
    def mean(self) -> float:
        """The time-weighted mean."""
        return float(self.weighted_sum) / self.known_ms


def time_weighted(steps: Sequence[Step], start_ms: int, end_ms: int) -> TimeWeighted | None:
    """Return a value's statistics over a window, None when it was never known in it.

    Unknown intervals are left out: before the first step, and from a step with None on. A value
    from before the window holds in it until the first step inside. Of several steps at the same
    millisecond the last one counts.

    Args:
        steps: in order of time.
        start_ms: of the window, inclusive.
        end_ms: of the window, exclusive.
    """
    held = list(_held(steps, start_ms, end_ms))
    known = [(value, ms) for value, ms in held if value is not None]
    if not known:
        return None
    values = [value for value, _ in known]
    with localcontext(_EXACT):
        weighted_sum = sum((value * ms for value, ms in known), Decimal(0))
    return TimeWeighted(
        weighted_sum, min(values), max(values), held[-1][0], sum(ms for _, ms in known)
    )


def synced_ms(steps: Sequence[Step], start_ms: int, end_ms: int) -> int:
    """Return how many milliseconds of a window the book was live, so that a value was known."""
    return sum(ms for value, ms in _held(steps, start_ms, end_ms) if value is not None)


def _held(
    steps: Sequence[Step], start_ms: int, end_ms: int
) -> Iterator[tuple[Decimal | None, int]]:
    """Yield each value that held in a window and its milliseconds in it, at least one."""
    for (time_ms, value), (until_ms, _) in pairwise([*steps, (end_ms, None)]):
        ms = min(until_ms, end_ms) - max(time_ms, start_ms)
        if ms > 0:
            yield value, ms
