"""One side of a book: its proven levels, sorted, and the quote value within bands.

Levels are kept under a *key* that grows towards the top: the price on the bid side, the negated
price on the ask side. So the same code serves both sides, the best level is the last one, and a
level near the top is cheap to insert. Keys do not leave this module; prices do.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Self

from market.books.depth_updates import Level
from market.books.tops import SideTop
from market.dictionary.fields import BAND_BPS, SUM_LEVELS

REFRESH_AT_REACH_PERCENT = 50
"""Request a new snapshot when the best price has come this near to the end of the proven range, in
percent of its distance right after the snapshot. A share and not a number of bps, because 1000
levels reach 30 bps in BTCUSDT and far more elsewhere; a shallow snapshot must not cause endless
requests."""

_WHOLE = -(10**40)
"""The edge of a side that is known as a whole: below every key."""
_NOTHING = 10**40
"""Start of a band that holds nothing yet: above every key."""


class BookSide:
    """Proven levels of one side.

    Args:
        sign: 1 for bids, -1 for asks.
        levels: of a snapshot.
        whole: these are all levels; otherwise those worse than the last are unknown.
    """

    __slots__ = ("_band_from", "_band_quote", "_edge", "_keys", "_reach", "_sign", "_sizes")

    def __init__(self, sign: int, levels: Iterable[Level], *, whole: bool) -> None:
        self._sign = sign
        self._sizes = {sign * price: size for price, size in levels if size}
        self._keys = sorted(self._sizes)
        self._edge = _WHOLE if whole or not self._keys else self._keys[0]
        self._reach = self._keys[-1] - self._edge if self._keys else 0
        self._forget_bands()

    def _forget_bands(self) -> None:
        self._band_from = [_NOTHING] * len(BAND_BPS)
        self._band_quote = [0] * len(BAND_BPS)

    def copy(self) -> Self:
        """Return an independent copy."""
        other = type(self)(self._sign, (), whole=True)
        other._sizes, other._keys = self._sizes.copy(), self._keys.copy()
        other._edge, other._reach = self._edge, self._reach
        return other

    @property
    def best_price_e8(self) -> int | None:
        """Best proven price; None when there is none."""
        return abs(self._keys[-1]) if self._keys else None

    @property
    def edge_price_e8(self) -> int | None:
        """Worst price up to which every level is known; None when the whole side is known."""
        return None if self._edge == _WHOLE else abs(self._edge)

    def proves(self, price_e8: int) -> bool:
        """Return whether the size at a price is known, be it zero."""
        return self._sign * price_e8 >= self._edge

    @property
    def range_lost(self) -> bool:
        """True when the best level has left the proven range."""
        return not self._keys and self._edge != _WHOLE

    @property
    def near_edge(self) -> bool:
        """True when the best level is near the end of the proven range."""
        if self._edge == _WHOLE or not self._keys:
            return False
        return (self._keys[-1] - self._edge) * 100 < self._reach * REFRESH_AT_REACH_PERCENT

    def apply(self, levels: Iterable[Level]) -> None:
        """Set absolute sizes; levels outside the proven range are not remembered.

        Such a size would be true, but there might be other levels between it and the range, so it
        could never be published.
        """
        sizes, keys, sign, edge = self._sizes, self._keys, self._sign, self._edge
        changes = []
        for price, size in levels:
            key = sign * price
            if key < edge:
                continue
            old = sizes.get(key, 0)
            if size == old:
                continue
            if not size:
                del sizes[key], keys[bisect_left(keys, key)]
            else:
                if not old:
                    insort(keys, key)
                sizes[key] = size
            changes.append((key, price * (size - old)))
        if changes:
            self._change_bands(changes)

    def _change_bands(self, changes: list[tuple[int, int]]) -> None:
        for band, begin in enumerate(self._band_from):
            self._band_quote[band] += sum([quote for key, quote in changes if key >= begin])

    def _move_band(self, band: int, begin: int) -> None:
        """Move the start of a band: only the levels that it gains or loses are summed."""
        old, keys, sizes = self._band_from[band], self._keys, self._sizes
        low, high = (begin, old) if begin < old else (old, begin)
        moved = keys[bisect_left(keys, low) : bisect_left(keys, high)]
        if moved:
            quote = sum([abs(key) * sizes[key] for key in moved])
            self._band_quote[band] += quote if begin < old else -quote
        self._band_from[band] = begin

    def _depths(self, double_mid: int) -> list[int | None]:
        """Return the quote value within each band of the mid; None beyond the proven range."""
        for band, bps in enumerate(BAND_BPS):
            # Ceiling of the band's end, mid * (1 -+ bps / 10^4), as a key.
            begin = -((-self._sign * double_mid * (10_000 - self._sign * bps)) // 20_000)
            if begin != self._band_from[band]:
                self._move_band(band, begin)
        return [
            quote if begin >= self._edge else None
            for begin, quote in zip(self._band_from, self._band_quote, strict=True)
        ]

    def top(self, double_mid: int) -> SideTop:
        """Return the scalars of a side that has a best level.

        Args:
            double_mid: best bid + best ask, scaled by 10^8.
        """
        sizes, keys = self._sizes, self._keys
        best = [sizes[key] for key in keys[: -SUM_LEVELS[-1] - 1 : -1]]
        whole, known = self._edge == _WHOLE, len(best)
        sums = [sum(best[:count]) if whole or known >= count else None for count in SUM_LEVELS]
        return SideTop(abs(keys[-1]), best[0], *sums, *self._depths(double_mid))

    def levels(self, count: int | None = None) -> list[Level]:
        """Return the best proven levels, best first; all of them when `count` is None."""
        keys = self._keys if count is None else self._keys[-count:]
        return [(abs(key), self._sizes[key]) for key in reversed(keys)]
