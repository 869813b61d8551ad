"""Keys of a connector of trades, and its configuration in types."""

from dataclasses import dataclass

from connectors.connect.config import Key, Settings
from connectors.connect.partitions import owned_partitions
from connectors.feeds.source_keys import SOURCE_KEYS
from connectors.feeds.venue import Endpoints, Venue
from market.dictionary.topics import TRADES

KEYS = (
    Key(
        "backfill.max.trades",
        "20000",
        "Longest gap that is fetched from REST; a longer one is left and marked.",
        0,
    ),
    Key(
        "connections",
        "2",
        "Connections that carry the same streams; one that is lost then makes no gap.",
        1,
        8,
    ),
    Key(
        "connection.lifetime.ms",
        "82800000",
        "When a connection is replaced; the exchange ends it after 24 h.",
        1_000,
    ),
    Key(
        "hold.max.ms",
        "10000",
        "How long windows wait for a symbol that cannot be proven; then it is marked as unknown.",
        0,
        300_000,
    ),
    *SOURCE_KEYS,
)


@dataclass(frozen=True, slots=True)
class TradesConfig:
    """The task's configuration; times in seconds."""

    endpoints: Endpoints
    symbols: tuple[str, ...]
    partitions: tuple[int, ...]
    connections: int
    max_backfill_trades: int
    heartbeat_interval_s: float
    hold_s: float
    lifetime_s: float

    @classmethod
    def of(cls, settings: Settings, venue: Venue) -> "TradesConfig":
        """Return checked settings in their types."""
        return cls(
            endpoints=venue.endpoints(settings.text("exchange"), settings.text("simulator.url")),
            symbols=settings.names("symbols"),
            partitions=owned_partitions(settings, TRADES[venue.market].partitions),
            connections=settings.integer("connections"),
            max_backfill_trades=settings.integer("backfill.max.trades"),
            heartbeat_interval_s=settings.seconds("heartbeat.interval.ms"),
            hold_s=settings.seconds("hold.max.ms"),
            lifetime_s=settings.seconds("connection.lifetime.ms"),
        )
