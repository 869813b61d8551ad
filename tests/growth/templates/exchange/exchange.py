"""What Nano offers to the registry of exchanges."""

from connectors.nano.venue import NANO_SPOT

from connectors.feeds import books_config, trades_config
from connectors.feeds.exchange import Exchange, Source

_AT = "connectors.nano.connectors"

NANO = Exchange(
    name="nano",
    sources=(
        Source(f"{_AT}.NanoTradesConnector", NANO_SPOT.market, "trades", trades_config.KEYS),
        Source(f"{_AT}.NanoBooksConnector", NANO_SPOT.market, "book_tops", books_config.KEYS),
    ),
    histories={NANO_SPOT.market: NANO_SPOT},
)
