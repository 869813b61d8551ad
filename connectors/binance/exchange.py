"""What Binance offers to the registry of exchanges."""

from connectors.binance.venues import SPOT, USDM
from connectors.feeds import config
from connectors.feeds.exchange import Exchange, Source

BINANCE = Exchange(
    name="binance",
    sources=(
        Source(
            "connectors.binance.spot.SpotTradesConnector", SPOT.market, "trades", config.TRADES_KEYS
        ),
        Source(
            "connectors.binance.books.SpotBooksConnector",
            SPOT.market,
            "book_tops",
            config.BOOKS_KEYS,
        ),
        Source(
            "connectors.binance.books.UsdmBooksConnector",
            USDM.market,
            "book_tops",
            config.BOOKS_KEYS,
        ),
    ),
    histories={SPOT.market: SPOT},
)
