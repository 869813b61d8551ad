"""What a topic and a table are; modules `topics` and `tables` list them.

Flink DDL, Iceberg schemas, MongoDB collections, Trino's `_schema` documents and the page
`docs/data_dictionary.md` are derived from these; a test shows that they agree. Storage settings of
one engine (codecs, file sizes) must not appear here.
"""

from dataclasses import dataclass

from market.dictionary.fields import BAND_BPS, Field, field

DAY_MS = 86_400_000
DEPTHS = {
    side: " ".join(f"{side}_depth_quote_{bps}_bps" for bps in BAND_BPS) for side in ("bid", "ask")
}
"""Names of the columns of depth within bands, by side."""
MARKET_PARTITIONS = 4
"""Partitions of topics keyed by market|symbol: two per core of the smallest machine."""


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
        layer: Iceberg namespace, one of `market.dictionary.names.LAYERS`; empty when only MongoDB
        holds it.
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


def fields_of(names: str) -> tuple[Field, ...]:
    """Return fields of the dictionary by their names, which spaces separate.

    Raises:
        UnknownNameError: no field has one of the names.
    """
    return tuple(field(name) for name in names.split())
