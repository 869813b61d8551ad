"""Keys of the connectors of an exchange, and the configuration of their tasks in types."""

from dataclasses import dataclass

from connectors.connect import dead_letters
from connectors.connect.config import Key, Settings
from connectors.connect.partitions import owned_partitions
from connectors.feeds.venue import BooksVenue, Endpoints, Venue
from market.dictionary.topics import BOOK_TOPS, TRADES

EXCHANGE = Key("exchange", "live", "Where the data comes from.", choices=("live", "simulator"))
SYMBOLS = Key(
    "symbols", None, "Symbols as the exchange writes them, comma-separated: BTCUSDT,ETHUSDT."
)
SIMULATOR_URL = Key(
    "simulator.url", "http://127.0.0.1:9443", "Address of the simulator, for both protocols."
)
HEARTBEAT_INTERVAL = Key(
    "heartbeat.interval.ms",
    "1000",
    "Longest time between two heartbeats; one that closes a second comes at once.",
    50,
)
STREAM_SILENT = Key(
    "stream.silent.ms", "60000", "When a subscribed stream that never spoke is reported.", 100
)

LIFETIME = Key(
    "connection.lifetime.ms",
    "82800000",
    "When a connection is replaced; the exchange ends it after 24 h.",
    1_000,
)

SOURCE_KEYS = (
    EXCHANGE,
    SYMBOLS,
    SIMULATOR_URL,
    HEARTBEAT_INTERVAL,
    *dead_letters.KEYS,
)

TRADES_KEYS = (
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
    LIFETIME,
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


SPEEDS = ("0ms", "100ms", "250ms", "500ms", "1000ms")
YES, NO = "true", "false"

BOOKS_KEYS = (
    *SOURCE_KEYS,
    STREAM_SILENT,
    Key("depth.speed", "100ms", "How often the exchange sends a diff.", choices=SPEEDS),
    Key("snapshot.limit", "1000", "Levels a side of a snapshot; more cost more weight.", 5, 5_000),
    Key("audit.interval.ms", "300000", "Time between two audits of a live book.", 1_000),
    Key(
        "publish.depth.diffs",
        NO,
        "Whether the diffs are published as received, too.",
        choices=(YES, NO),
    ),
    Key("book.snapshots.interval.ms", "1000", "Event time between a book's levels records.", 100),
    LIFETIME,
    Key(
        "hold.max.ms",
        "10000",
        "How long a connection that proves nothing holds back the other symbols of its task.",
        1_000,
        300_000,
    ),
    Key("streams.per.connection", "200", "Streams that share a connection.", 2, 1_024),
)


@dataclass(frozen=True, slots=True)
class BooksConfig:
    """The task's configuration; times in seconds unless the name says otherwise."""

    endpoints: Endpoints
    symbols: tuple[str, ...]
    depth_speed: str
    snapshot_limit: int
    publish_diffs: bool
    levels_interval_ms: int
    symbols_per_connection: int
    heartbeat_interval_s: float
    silent_after_s: float
    audit_interval_s: float
    lifetime_s: float
    hold_max_s: float
    partitions: tuple[int, ...]

    @property
    def diff_interval_ms(self) -> int:
        """How often the exchange sends a diff; its fastest speed is counted as 100 ms."""
        return max(100, int(self.depth_speed.removesuffix("ms")))

    @classmethod
    def of(cls, settings: Settings, venue: BooksVenue) -> "BooksConfig":
        """Return checked settings in their types."""
        return cls(
            endpoints=venue.endpoints(settings.text("exchange"), settings.text("simulator.url")),
            symbols=settings.names("symbols"),
            depth_speed=settings.text("depth.speed"),
            snapshot_limit=settings.integer("snapshot.limit"),
            publish_diffs=settings.text("publish.depth.diffs") == YES,
            levels_interval_ms=settings.integer("book.snapshots.interval.ms"),
            symbols_per_connection=settings.integer("streams.per.connection") // 2,
            heartbeat_interval_s=settings.seconds("heartbeat.interval.ms"),
            silent_after_s=settings.seconds("stream.silent.ms"),
            audit_interval_s=settings.seconds("audit.interval.ms"),
            lifetime_s=settings.seconds("connection.lifetime.ms"),
            hold_max_s=settings.seconds("hold.max.ms"),
            partitions=owned_partitions(settings, BOOK_TOPS[venue.market].partitions),
        )
