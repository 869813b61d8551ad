"""The markets, one entry each: which of their feeds are followed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Market:
    """A market: venue and product.

    Attributes:
        name: as records carry it, such as ``binance-spot``.
        trades: True when its trades are followed.
        books: True when its books are followed.
    """

    name: str
    trades: bool
    books: bool


BINANCE_SPOT = Market("binance-spot", trades=True, books=True)
BINANCE_USDM = Market("binance-usdm", trades=False, books=True)

ALL_MARKETS = (BINANCE_SPOT, BINANCE_USDM)
"""Every market, in the order in which they were added."""

TRADES_MARKETS = tuple(one.name for one in ALL_MARKETS if one.trades)
BOOKS_MARKETS = tuple(one.name for one in ALL_MARKETS if one.books)
MARKETS = tuple(one.name for one in ALL_MARKETS)
