"""The record of topic `mark_prices`: what a futures market is worth by its exchange's own rule."""

from dataclasses import dataclass

from market.dictionary.event_times import check_event_time_ms
from market.dictionary.fields import PRICE_PRECISION
from market.dictionary.records import check_decimal

VERSION = 1


@dataclass(frozen=True, slots=True)
class MarkPrice:
    """One mark price as published.

    Attributes:
        mark_price: quote per base, decimal string as received.
        index_price: quote per base, decimal string as received.
        funding_time_ms: of the next funding.
        event_time_ms: the exchange's time.
        receive_time_ms: our clock.
    """

    market: str
    symbol: str
    mark_price: str
    index_price: str
    funding_time_ms: int
    event_time_ms: int
    receive_time_ms: int

    def __post_init__(self) -> None:
        check_decimal(self.mark_price, "mark_price", PRICE_PRECISION)
        check_decimal(self.index_price, "index_price", PRICE_PRECISION)
        check_event_time_ms(self.event_time_ms)

    def value(self) -> dict[str, object]:
        """Return the wire form."""
        return {
            "market": self.market,
            "symbol": self.symbol,
            "mark_price": self.mark_price,
            "index_price": self.index_price,
            "funding_time_ms": self.funding_time_ms,
            "event_time_ms": self.event_time_ms,
            "receive_time_ms": self.receive_time_ms,
            "source": "live",
            "schema_version": VERSION,
        }
