"""What Nano offers to the registry of exchanges."""

from connectors.nano.venue import NANO_SPOT

from connectors.feeds import config
from connectors.feeds.exchange import Exchange, Source

_AT = "connectors.nano.connectors"

NANO = Exchange(
    name="nano",
    sources=(
        Source(f"{_AT}.NanoTradesConnector", NANO_SPOT.market, "trades", config.TRADES_KEYS),
        Source(f"{_AT}.NanoBooksConnector", NANO_SPOT.market, "book_tops", config.BOOKS_KEYS),
    ),
    histories={NANO_SPOT.market: NANO_SPOT},
)
