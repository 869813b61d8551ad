"""Make MongoDB's windows of ranges equal to the lake's, document by document.

MongoDB is compared with the lake as it is, not with what a run has just changed: so a run that was
killed in between is completed by the next one. Documents are those that the streams write, with the
same `_id`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128
from bson.int64 import Int64
from pymongo import DeleteOne, MongoClient, ReplaceOne

from flows.shared.config import FlowConfig
from market.dictionary.fields import Kind
from market.dictionary.names import window_id
from market.dictionary.schemas import Table
from stores.trino import query

Document = dict[str, Any]
Write = ReplaceOne[Document] | DeleteOne

_BATCH = 1_000


def write_windows(config: FlowConfig, table: Table, text: str) -> dict[tuple[str, str], int]:
    """Write what differs, and return how many documents of each market and symbol that were.

    Args:
        config: of the run.
        table: whose windows the documents are.
        text: a statement that returns the rows that documents must become; a withdrawn row must
            have no document.

    Raises:
        QueryError: Trino refused or does not answer.
        pymongo.errors.PyMongoError: MongoDB did not take a document; running it again is safe.
    """
    found = query(config.trino_url, text)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    writes = [_write(table, row) for row in rows]
    with MongoClient[Document](config.mongodb_uri) as client:
        collection = client[config.namespace.database()][table.name]
        for start in range(0, len(writes), _BATCH):
            collection.bulk_write(writes[start : start + _BATCH], ordered=False)
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row["market"], row["symbol"])
        counts[key] = counts.get(key, 0) + 1
    return counts


def _write(table: Table, row: Mapping[str, Any]) -> Write:
    key = {"_id": document_id(table, row)}
    if row["is_withdrawn"]:
        return DeleteOne(key)
    return ReplaceOne(key, document(table, row), upsert=True)


def document_id(table: Table, row: Mapping[str, Any]) -> str:
    """Return the `_id` of a window."""
    start: datetime = row["window_start"]
    text = f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return window_id(row["market"], row["symbol"], table.interval, text)


def document(table: Table, row: Mapping[str, Any]) -> Document:
    """Return a row as the streams write it: exact decimals, 64-bit integers, instants as dates."""
    fields = {field.name: _value(field.kind, row[field.name]) for field in table.fields}
    return {"_id": document_id(table, row), **fields}


def _value(kind: Kind, value: Any) -> Any:
    if isinstance(value, Decimal):
        return Decimal128(value)
    if kind is Kind.LONG and value is not None:
        return Int64(value)
    return value
