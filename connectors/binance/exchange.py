"""What Binance offers to the registry of exchanges."""

from connectors.binance.venues import SPOT, USDM
from connectors.feeds import books_config, trades_config
from connectors.feeds.exchange import Exchange, Source

BINANCE = Exchange(
    name="binance",
    sources=(
        Source(
            "connectors.binance.spot.SpotTradesConnector", SPOT.market, "trades", trades_config.KEYS
        ),
        Source(
            "connectors.binance.books.SpotBooksConnector",
            SPOT.market,
            "book_tops",
            books_config.KEYS,
        ),
        Source(
            "connectors.binance.books.UsdmBooksConnector",
            USDM.market,
            "book_tops",
            books_config.KEYS,
        ),
    ),
    histories={SPOT.market: SPOT},
)
