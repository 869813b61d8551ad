"""The dictionary of topics and tables, composed of the fields in `market.fields`.

Flink DDL, Iceberg schemas, MongoDB collections, Trino's `_schema` documents and the page
`docs/data_dictionary.md` are derived from it; a test shows that they agree. Storage settings of
one engine (codecs, file sizes) must not appear here.
"""

from dataclasses import dataclass

from market.errors import UnknownNameError
from market.fields import Field, field


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic: one record type, JSON values.

    Attributes:
        name: without the namespace.
        fields: what a value may hold; an absent key is null.
        partitions: of the topic; records of one key stay in one partition.
        retention_ms: how long Kafka keeps records; -1 for ever.
        description: one record is ...
        compacted: keep the last record of each key instead of a time span.
    """

    name: str
    fields: tuple[Field, ...]
    partitions: int
    retention_ms: int
    description: str
    compacted: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A lake table, and its MongoDB collection where it has one.

    Attributes:
        layer: Iceberg namespace, one of `market.names.LAYERS`.
        name: of the table, the topic and the collection alike.
        fields: columns in order.
        key: columns that identify a row; a key appears once.
        time: the instant column that the table is partitioned by (by day).
        buckets: number of buckets of `symbol`; 0 for none.
        sort: columns that rows are sorted by in a file.
        version: of the schema.
        description: one row is ...
        interval: of a window table, such as ``1s``; empty otherwise.
        live: True when MongoDB holds its newest rows too.
    """

    layer: str
    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    time: str
    buckets: int
    sort: tuple[str, ...]
    version: int
    description: str
    interval: str = ""
    live: bool = False


def _fields(names: str) -> tuple[Field, ...]:
    return tuple(field(name) for name in names.split())


DAY_MS = 86_400_000
MARKET_PARTITIONS = 4
"""Partitions of topics keyed by market|symbol: two per core of the smallest machine."""

_CANDLE = _fields(
    "market symbol window_start window_end open high low close vwap volume_base volume_quote "
    "taker_buy_volume_base taker_sell_volume_base taker_buy_volume_quote taker_sell_volume_quote "
    "trade_imbalance trade_count first_trade_id last_trade_id expected_trades missing_trades "
    "backfilled_trades late_trades completeness revision is_final computed_at_ms"
)

TRADES = Topic(
    "trades",
    _fields(
        "market symbol kind trade_id price quantity taker_side missing_before gap_end_time_ms "
        "event_time_ms receive_time_ms source schema_version"
    ),
    MARKET_PARTITIONS,
    7 * DAY_MS,
    "one trade, gap marker or heartbeat",
)
CANDLES_1S = Topic("candles_1s", _CANDLE, MARKET_PARTITIONS, 7 * DAY_MS, "one second's candle")
CANDLES_1M = Topic("candles_1m", _CANDLE, MARKET_PARTITIONS, 7 * DAY_MS, "one minute's candle")
FEED_EVENTS = Topic(
    "feed_events",
    _fields(
        "market symbol connector task stream event detail from_id to_id from_time_ms to_time_ms "
        "event_time_ms receive_time_ms schema_version"
    ),
    1,
    30 * DAY_MS,
    "one event of a feed that a completeness column can be explained by",
)
DEAD_LETTERS = Topic(
    "dead_letters",
    _fields(
        "market symbol connector task stream reason detail payload receive_time_ms schema_version"
    ),
    1,
    30 * DAY_MS,
    "one record that was refused, with the reason",
)
LATE_RECORDS = Topic(
    "late_records",
    _fields("market symbol topic job trade_id event_time_ms watermark_ms receive_time_ms"),
    1,
    30 * DAY_MS,
    "one record that may have missed its window",
)
CONNECT_OFFSETS = Topic("connect_offsets", (), 1, -1, "a source's position", compacted=True)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        TRADES,
        CANDLES_1S,
        CANDLES_1M,
        FEED_EVENTS,
        DEAD_LETTERS,
        LATE_RECORDS,
        CONNECT_OFFSETS,
    )
}
"""Every topic by name."""


def _candles(interval: str, words: str) -> Table:
    return Table(
        layer="silver",
        name=f"candles_{interval}",
        fields=_CANDLE,
        key=("market", "symbol", "window_start"),
        time="window_start",
        buckets=0,
        sort=("symbol", "window_start"),
        version=1,
        description=f"VWAP, OHLCV and taker volumes of one symbol in {words}",
        interval=interval,
        live=True,
    )


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            layer="bronze",
            name="trades",
            fields=_fields(
                "market symbol trade_id price quantity taker_side missing_before event_time "
                "receive_time source schema_version"
            ),
            key=("market", "symbol", "trade_id"),
            time="event_time",
            buckets=4,
            sort=("symbol", "event_time"),
            version=1,
            description="one trade as received, exactly once",
        ),
        _candles("1s", "one second"),
        _candles("1m", "one minute"),
        Table(
            layer="ops",
            name="feed_events",
            fields=_fields(
                "market symbol connector task stream event detail from_id to_id from_time_ms "
                "to_time_ms event_time_ms receive_time"
            ),
            key=(),
            time="receive_time",
            buckets=0,
            sort=("receive_time",),
            version=1,
            description="one event of a feed: connected, gap found, gap repaired and so on",
        ),
        Table(
            layer="ops",
            name="dead_letters",
            fields=_fields(
                "market symbol connector task stream reason detail payload receive_time"
            ),
            key=(),
            time="receive_time",
            buckets=0,
            sort=("receive_time",),
            version=1,
            description="one record that was refused, with the reason",
        ),
        Table(
            layer="ops",
            name="late_records",
            fields=_fields("market symbol topic job trade_id event_time watermark_ms receive_time"),
            key=(),
            time="event_time",
            buckets=0,
            sort=("symbol", "event_time"),
            version=1,
            description="one record that may have missed its window; the repair reads it",
        ),
    )
}
"""Every lake table by name."""


def topic(name: str) -> Topic:
    """Return the topic of that name.

    Raises:
        UnknownNameError: no such topic.
    """
    if name not in TOPICS:
        raise UnknownNameError(f"no topic is named {name!r}; known: {', '.join(TOPICS)}")
    return TOPICS[name]


def table(name: str) -> Table:
    """Return the lake table of that name.

    Raises:
        UnknownNameError: no such table.
    """
    if name not in TABLES:
        raise UnknownNameError(f"no table is named {name!r}; known: {', '.join(TABLES)}")
    return TABLES[name]
