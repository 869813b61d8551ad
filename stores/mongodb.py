"""MongoDB's database of current windows: its collections, indexes and Trino's `_schema`.

Trino guesses a collection's types from its first documents and reads every other type as NULL,
so the types are written down here before a document is, derived from `market.dictionary.tables`.
"""

from typing import TYPE_CHECKING, Any

from pymongo import ASCENDING, IndexModel, MongoClient

from market.dictionary.names import Namespace
from market.dictionary.schemas import Table
from market.dictionary.tables import DOCUMENTS, TABLES
from market.dictionary.windows import LIVE_RETENTION_HOURS
from stores.trino_literals import MONGODB_DIGITS, trino_type

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

_HOUR_S = 3_600
_RETENTION = "retention"


def schema_document(table: Table) -> dict[str, Any]:
    """Return Trino's `_schema` document of a table's collection."""
    columns = [
        ("_id", "varchar"),
        *((field.name, trino_type(field, MONGODB_DIGITS)) for field in table.fields),
    ]
    return {
        "table": table.name,
        "fields": [{"name": name, "type": kind, "hidden": False} for name, kind in columns],
    }


def _indexes(table: Table) -> list[IndexModel]:
    if not table.interval:
        return [IndexModel([("symbol", ASCENDING)], name="symbol")]
    return [
        IndexModel([("symbol", ASCENDING), (table.time, ASCENDING)], name="symbol_time"),
        IndexModel(
            [(table.time, ASCENDING)],
            name=_RETENTION,
            expireAfterSeconds=_retention_s(table),
        ),
    ]


def prepare(uri: str, namespace: Namespace) -> None:
    """Make collections, indexes and `_schema` documents; safe to run again."""
    with MongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        database = client[namespace.database()]
        for table in (*TABLES.values(), *DOCUMENTS.values()):
            if table.live:
                _prepare_table(database, table)


def _prepare_table(database: "Database[dict[str, Any]]", table: Table) -> None:
    if table.name not in database.list_collection_names():
        database.create_collection(table.name)
    _forget_other_retention(database[table.name], table)
    database[table.name].create_indexes(_indexes(table))
    database["_schema"].replace_one({"table": table.name}, schema_document(table), upsert=True)


def _forget_other_retention(windows: "Collection[dict[str, Any]]", table: Table) -> None:
    """Drop an index that was made when windows were kept for another time."""
    index = windows.index_information().get(_RETENTION)
    if index is not None and index["expireAfterSeconds"] != _retention_s(table):
        windows.drop_index(_RETENTION)


def _retention_s(table: Table) -> int:
    return LIVE_RETENTION_HOURS[table.interval] * _HOUR_S
