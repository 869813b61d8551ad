"""Every type of record that is received or reported: its topics, and the table that keeps it.

One entry a type. Topics, the table of the lake, Flink's sources and the statement of job `bronze`
that joins them are derived from it.
"""

from dataclasses import dataclass

from market.dictionary.fields import Field, field
from market.dictionary.markets import BOOKS_MARKETS, TRADES_MARKETS
from market.dictionary.schemas import DAY_MS, DEPTHS, MARKET_PARTITIONS, Table, Topic, fields_of

_INSTANT_OF = {"event_time_ms": "event_time", "receive_time_ms": "receive_time"}


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of record.

    Attributes:
        name: of the table, and of the topic or the first part of its topics' names.
        fields: names of the topic's fields, which spaces separate.
        description: one row of the table is ...
        message: one record of the topic is ..., with ``{market}`` for its market.
        layer: of the table in the lake.
        markets: that have a topic each, as heartbeats of one must not vouch for the time of
            another; empty for one topic of all.
        key: columns that identify a row besides market and symbol; empty where rows repeat.
        left_out: fields that only windows need: the table does not have them.
        kept: SQL condition of the records that the table keeps; empty for all.
        instants: fields in milliseconds that the table keeps as instants.
        partitions: of each topic.
        retention_days: of each topic.
        sort: of the table, and `time`, the instant that it is partitioned by.
        buckets: of `symbol` in the table.
    """

    name: str
    fields: str
    description: str
    message: str
    layer: str = "bronze"
    markets: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    kept: str = ""
    instants: tuple[str, ...] = ("event_time_ms", "receive_time_ms")
    partitions: int = MARKET_PARTITIONS
    retention_days: int = 1
    time: str = "event_time"
    sort: tuple[str, ...] = ("symbol", "event_time")
    buckets: int = 4

    def topics(self) -> dict[str, Topic]:
        """Return the topics by market; that of all markets stands at the empty name."""
        return {market: self._topic(market) for market in self.markets or ("",)}

    def _topic(self, market: str) -> Topic:
        return Topic(
            f"{self.name}.{market}" if market else self.name,
            fields_of(self.fields),
            self.partitions,
            self.retention_days * DAY_MS,
            self.message.format(market=market),
        )

    def columns(self) -> dict[str, Field]:
        """Return the table's columns, in order, by the name of the field that each comes from."""
        names = (name for name in self.fields.split() if name not in self.left_out)
        return {name: field(_INSTANT_OF[name] if name in self.instants else name) for name in names}

    def table(self) -> Table:
        """Return the table of the lake that keeps these records."""
        return Table(
            layer=self.layer,
            name=self.name,
            fields=tuple(self.columns().values()),
            key=("market", "symbol", *self.key) if self.key else (),
            time=self.time,
            buckets=self.buckets,
            sort=self.sort,
            version=1,
            description=self.description,
        )


_SIDE_TOP = "{0}_price {0}_size {0}_size_sum_5 {0}_size_sum_20"
_LEVELS = "bid_prices bid_sizes ask_prices ask_sizes"
_RECEIVED = "event_time_ms receive_time_ms source schema_version"
_OF_A_FEED = "market symbol connector task stream"

TRADES_TYPE = RecordType(
    name="trades",
    fields="market symbol kind trade_id price quantity taker_side missing_before gap_end_time_ms "
    f"late_after_ms {_RECEIVED}",
    description="one trade as received, exactly once",
    message="one trade of {market}, a marker of what is missing or unknown, or a heartbeat",
    markets=TRADES_MARKETS,
    key=("trade_id",),
    left_out=("kind", "gap_end_time_ms", "late_after_ms"),
    kept="kind = 'trade'",
    retention_days=7,
)
BOOK_TOPS_TYPE = RecordType(
    name="book_tops",
    fields="market symbol kind book_sequence last_update_id quote_time_ms "
    f"{_SIDE_TOP.format('bid')} {DEPTHS['bid']} "
    f"{_SIDE_TOP.format('ask')} {DEPTHS['ask']} reason late_after_ms {_RECEIVED}",
    description="what a verified book was from an instant on, or that it is unknown",
    message="what a verified book of {market} was from an instant on, or that it is unknown",
    markets=BOOKS_MARKETS,
    key=("book_sequence",),
    left_out=("late_after_ms",),
    kept="kind <> 'heartbeat'",
)
BOOK_SNAPSHOTS_TYPE = RecordType(
    name="book_snapshots",
    fields=f"market symbol last_update_id quote_time_ms {_LEVELS} {_RECEIVED}",
    description="the 20 best levels a side of a verified book",
    message="the 20 best levels a side of a verified book",
    key=("event_time",),
)
DEPTH_DIFFS_TYPE = RecordType(
    name="depth_diffs",
    fields=f"market symbol first_update_id last_update_id previous_update_id {_LEVELS} {_RECEIVED}",
    description="one diff of a book as the exchange sent it",
    message="one diff of a book as the exchange sent it",
    key=("last_update_id",),
)
FEED_EVENTS_TYPE = RecordType(
    name="feed_events",
    fields=f"{_OF_A_FEED} event detail from_id to_id from_time_ms to_time_ms event_time_ms "
    "receive_time_ms schema_version",
    description="one event of a feed: connected, gap found, gap repaired and so on",
    message="one event of a feed that a completeness column can be explained by",
    layer="ops",
    left_out=("schema_version",),
    instants=("receive_time_ms",),
    partitions=1,
    retention_days=30,
    time="receive_time",
    sort=("receive_time",),
    buckets=0,
)
DEAD_LETTERS_TYPE = RecordType(
    name="dead_letters",
    fields=f"{_OF_A_FEED} reason detail payload receive_time_ms schema_version",
    description="one record that was refused, with the reason",
    message="one record that was refused, with the reason",
    layer="ops",
    left_out=("schema_version",),
    partitions=1,
    retention_days=30,
    time="receive_time",
    sort=("receive_time",),
    buckets=0,
)
LATE_RECORDS_TYPE = RecordType(
    name="late_records",
    fields="market symbol topic job trade_id event_time_ms watermark_ms receive_time_ms",
    description="one record that may have missed its window; the repair reads it",
    message="one record that may have missed its window",
    layer="ops",
    partitions=1,
    retention_days=30,
    buckets=0,
)

RECORD_TYPES: tuple[RecordType, ...] = (
    TRADES_TYPE,
    BOOK_TOPS_TYPE,
    BOOK_SNAPSHOTS_TYPE,
    DEPTH_DIFFS_TYPE,
    FEED_EVENTS_TYPE,
    DEAD_LETTERS_TYPE,
    LATE_RECORDS_TYPE,
)
"""Every type of record. To add one is to add its fields, an entry here, and a migration."""
