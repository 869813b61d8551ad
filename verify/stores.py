"""Read what the stores hold, as rows that can be compared: instants as ms, decimals as Decimal.

Rows come as lists, not by key: a key that is there twice must be seen twice.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128
from bson.int64 import Int64
from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient

from market.dictionary.fields import Kind
from market.dictionary.names import Namespace
from market.dictionary.schemas import Table, Topic
from market.dictionary.tables import table
from market.dictionary.topics import BOOK_SNAPSHOTS, BOOK_TOPS, TRADES, topic
from stores.iceberg import Lake
from verify.expected import Key, Row

_POLL_MS = 200
_SILENT_POLLS = 10
"""Nothing comes after an unfinished transaction; all before it has been read by then."""


def epoch_ms(instant: datetime) -> int:
    """Return an aware instant as epoch milliseconds, exactly."""
    return int(instant.timestamp()) * 1_000 + instant.microsecond // 1_000


@dataclass(frozen=True, slots=True)
class Stores:
    """Where one pipeline's rows are: addresses and the namespace."""

    bootstrap_servers: str
    mongodb_uri: str
    lake: Lake

    @property
    def namespace(self) -> Namespace:
        """The namespace of the pipeline."""
        return self.lake.namespace

    def readers(self, name: str) -> dict[str, Callable[[], list[tuple[Key, Row]]]]:
        """Return a reader for each store that holds the table of that name."""
        wanted = table(name)
        if not wanted.live:
            return {
                "kafka": lambda: self._kafka_trades(wanted),
                wanted.layer: lambda: self._lake(wanted),
            }
        return {
            "kafka": lambda: self._kafka_windows(wanted),
            "mongodb": lambda: self._mongodb(wanted),
            wanted.layer: lambda: self._lake(wanted),
        }

    def book_tops(self, market: str) -> list[Row]:
        """Return every record of a market's book topic, heartbeats left out."""
        source = BOOK_TOPS[market]
        values = (typed(source, value) for value in self._kafka(source))
        return [row for row in values if row["kind"] != "heartbeat"]

    def book_tops_lake(self) -> list[Row]:
        """Return every row of `bronze.book_tops`, with `event_time_ms` as in the topic."""
        return [{**row, "event_time_ms": row["event_time"]} for row in self.lake_rows("book_tops")]

    def book_snapshots(self) -> dict[str, list[Row]]:
        """Return every book snapshot, by store."""
        kafka = [
            {**value, "event_time": value["event_time_ms"]} for value in self._kafka(BOOK_SNAPSHOTS)
        ]
        return {"kafka": kafka, "bronze": self.lake_rows("book_snapshots")}

    def newest_window(self, name: str) -> dict[str, dict[str, int]]:
        """Return the newest window's start of each market, epoch milliseconds, by store."""
        wanted = table(name)
        columns = ("market", "window_start")
        rows = self.lake.table(wanted).scan(selected_fields=columns).to_arrow().to_pylist()
        with MongoClient[dict[str, Any]](self.mongodb_uri, tz_aware=True) as client:
            documents = client[self.namespace.database()][name].find({}, columns)
            stores = {wanted.layer: rows, "mongodb": list(documents)}
        return {store: _newest(found) for store, found in stores.items()}

    def lake_rows(self, name: str) -> list[Row]:
        """Return every row of a table of the lake."""
        rows = self.lake.table(table(name)).scan().to_arrow().to_pylist()
        return [plain(row) for row in rows]

    def count(self, name: str) -> dict[str, int]:
        """Return how many rows the lake and MongoDB hold of a table, cheaply."""
        wanted = table(name)
        snapshot = self.lake.table(wanted).current_snapshot()
        summary = snapshot.summary if snapshot else None
        counts = {wanted.layer: int((summary and summary["total-records"]) or 0)}
        if wanted.live:
            with MongoClient[dict[str, Any]](self.mongodb_uri) as client:
                collection = client[self.namespace.database()][name]
                counts["mongodb"] = collection.count_documents({})
        return counts

    def _kafka_windows(self, wanted: Table) -> list[tuple[Key, Row]]:
        source = topic(wanted.name)
        return [window_row(wanted, typed(source, value)) for value in self._kafka(source)]

    def _kafka_trades(self, wanted: Table) -> list[tuple[Key, Row]]:
        return [
            _trade_row({**typed(source, value), "event_time": value["event_time_ms"]})
            for source in TRADES.values()
            for value in self._kafka(source)
            if value["kind"] == "trade"
        ]

    def _kafka(self, source: Topic) -> Iterator[dict[str, Any]]:
        return (json.loads(record.value) for record in self.records(source))

    def records(self, source: Topic) -> Iterator[Any]:
        """Yield every committed record of a topic, in order within each partition."""
        name = self.namespace.topic(source.name)
        consumer = KafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        partitions = [TopicPartition(name, number) for number in range(source.partitions)]
        try:
            consumer.assign(partitions)
            ends, silent = consumer.end_offsets(partitions), 0
            while silent < _SILENT_POLLS and any(
                consumer.position(one) < end for one, end in ends.items()
            ):
                polled = consumer.poll(_POLL_MS)
                silent = 0 if polled else silent + 1
                for records in polled.values():
                    yield from records
        finally:
            consumer.close()

    def _mongodb(self, wanted: Table) -> list[tuple[Key, Row]]:
        with MongoClient[dict[str, Any]](self.mongodb_uri, tz_aware=True) as client:
            documents = list(client[self.namespace.database()][wanted.name].find())
        return [window_row(wanted, plain(document)) for document in documents]

    def _lake(self, wanted: Table) -> list[tuple[Key, Row]]:
        rows = self.lake.table(wanted).scan().to_arrow().to_pylist()
        if wanted.live:
            return [window_row(wanted, plain(row)) for row in rows]
        return [_trade_row(plain(row)) for row in rows]


def _newest(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    newest: dict[str, int] = {}
    for row in rows:
        start = epoch_ms(row["window_start"])
        newest[row["market"]] = max(start, newest.get(row["market"], start))
    return newest


def plain(row: Mapping[str, Any]) -> Row:
    """Return a document or a row of the lake with the types of this package."""
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Decimal128):
        return value.to_decimal()
    if isinstance(value, datetime):
        return epoch_ms(value)
    if isinstance(value, Int64):
        return int(value)
    return value


def typed(source: Topic, value: Mapping[str, Any]) -> Row:
    """Give a JSON value the types of its fields; an absent key is null."""
    row: Row = {}
    for column in source.fields:
        found = value.get(column.name)
        if found is not None and column.kind is Kind.DECIMAL:
            found = Decimal(found)
        if found is not None and column.kind is Kind.TIMESTAMP:
            found = epoch_ms(datetime.fromisoformat(found))
        row[column.name] = found
    return row


def window_row(wanted: Table, row: Row) -> tuple[Key, Row]:
    """Return a row of windows and its key."""
    return tuple(row[name] for name in wanted.key), row


def _trade_row(row: Row) -> tuple[Key, Row]:
    return (row["market"], row["symbol"], row["trade_id"]), row
