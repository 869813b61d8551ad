"""What is published of a book: scalars at each change, and its best levels at a lower rate.

Values and their wire forms only; `market.books.order_book` computes them.
"""

from dataclasses import dataclass

from market.books.depth_updates import Level
from market.books.scaled_decimals import from_e8, from_e16
from market.dictionary.fields import BAND_BPS, SUM_LEVELS
from market.dictionary.records import Value


@dataclass(frozen=True, slots=True)
class SideTop:
    """Scalars of one side; None where the proven range does not reach.

    Attributes:
        price_e8: best price, quote per base, scaled by 10^8.
        size_e8: size at the best price, base (contracts on COIN-M), scaled by 10^8.
        size_sum_5_e8: size over the five best levels, or over all when the side has fewer.
        depth_quote_10_bps_e16: sum of price * size within 10 bps of the mid, scaled by 10^16;
            quote where sizes are in base, but not where they are contracts (COIN-M).
    """

    price_e8: int
    size_e8: int
    size_sum_5_e8: int | None
    size_sum_20_e8: int | None
    depth_quote_10_bps_e16: int | None
    depth_quote_25_bps_e16: int | None
    depth_quote_50_bps_e16: int | None

    def value(self, side: str) -> Value:
        """Return the wire form with names that begin with `side`; an absent key is null."""
        value: Value = {
            f"{side}_price": from_e8(self.price_e8),
            f"{side}_size": from_e8(self.size_e8),
        }
        sums = (self.size_sum_5_e8, self.size_sum_20_e8)
        for count, size in zip(SUM_LEVELS, sums, strict=True):
            if size is not None:
                value[f"{side}_size_sum_{count}"] = from_e8(size)
        depths = (
            self.depth_quote_10_bps_e16,
            self.depth_quote_25_bps_e16,
            self.depth_quote_50_bps_e16,
        )
        for bps, quote in zip(BAND_BPS, depths, strict=True):
            if quote is not None:
                value[f"{side}_depth_quote_{bps}_bps"] = from_e16(quote)
        return value


@dataclass(frozen=True, slots=True)
class BookTop:
    """Scalars of a verified book after one change.

    Attributes:
        last_update_id: the exchange's id of the last change in it.
        event_time_ms: the exchange's time of that change; if only a snapshot showed the change, a
            later instant at which the book was still so.
        quote_time_ms: the exchange's time of that change; None when only a snapshot showed it.
    """

    last_update_id: int
    event_time_ms: int
    quote_time_ms: int | None
    bid: SideTop
    ask: SideTop

    def value(self) -> Value:
        """Return the wire form: decimal strings, an absent key is null."""
        ids: Value = {
            "last_update_id": self.last_update_id,
            "event_time_ms": self.event_time_ms,
        }
        if self.quote_time_ms is not None:
            ids["quote_time_ms"] = self.quote_time_ms
        return ids | self.bid.value("bid") | self.ask.value("ask")


@dataclass(frozen=True, slots=True)
class TopLevels:
    """Best proven levels as flat arrays of decimal strings, best first, as many as are proven."""

    last_update_id: int
    bid_prices: tuple[str, ...]
    bid_sizes: tuple[str, ...]
    ask_prices: tuple[str, ...]
    ask_sizes: tuple[str, ...]

    @classmethod
    def of_levels(cls, last_update_id: int, bids: list[Level], asks: list[Level]) -> "TopLevels":
        """Build the arrays from levels, best first."""
        return cls(
            last_update_id,
            tuple(from_e8(price) for price, _ in bids),
            tuple(from_e8(size) for _, size in bids),
            tuple(from_e8(price) for price, _ in asks),
            tuple(from_e8(size) for _, size in asks),
        )
