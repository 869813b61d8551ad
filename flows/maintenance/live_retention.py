"""Retention in MongoDB: delete windows that are too far behind its newest ones in market time.

Time is the market's, not ours: a replay of an old day keeps its windows, too. A window that the
lake does not have yet is kept whatever its age, since no view could show it once it is deleted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING
from pymongo.collection import Collection

from market.dictionary.names import Namespace
from market.dictionary.schemas import Table
from market.dictionary.tables import TABLES
from sql import statement
from stores.trino import query

Windows = Collection[dict[str, Any]]

_BATCH = 500
"""Documents that one request deletes: the local server fails on large ones."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """Windows that a collection need no longer hold.

    Attributes:
        table: whose collection it is.
        before: start of the first window that stays.
        documents: how many start earlier.
        why: in words.
    """

    table: Table
    before: datetime
    documents: int
    why: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """The outcome of a deletion: documents of the collection before and after."""

    planned: Deletion
    documents_before: int
    documents_after: int


def plan_deletion(
    windows: Windows, table: Table, newest_in_lake: datetime | None, keep: timedelta
) -> Deletion | None:
    """Return what a collection need no longer hold; None when there is nothing.

    Args:
        windows: the collection.
        table: that it belongs to.
        newest_in_lake: start of the lake's newest window; None when it has none.
        keep: how far behind the collection's newest window others are kept.
    """
    newest = windows.find_one({}, {table.time: 1}, sort=[(table.time, DESCENDING)])
    if newest is None or newest_in_lake is None:
        return None
    before = newest[table.time] - keep
    why = f"more than {keep} behind the newest window, {newest[table.time]:%Y-%m-%d %H:%M:%S}"
    if newest_in_lake < before:
        before = newest_in_lake
        why = f"before the lake's newest window, {newest_in_lake:%Y-%m-%d %H:%M:%S}"
    documents = windows.count_documents({table.time: {"$lt": before}})
    return Deletion(table, before, documents, why) if documents else None


def delete_old(windows: Windows, planned: Deletion) -> Deleted:
    """Delete what was planned; running it again is safe."""
    before = windows.count_documents({})
    for ids in _batches(windows, {planned.table.time: {"$lt": planned.before}}):
        windows.delete_many({"_id": {"$in": ids}})
    return Deleted(planned, before, windows.count_documents({}))


def _batches(windows: Windows, older: Mapping[str, Any]) -> Iterator[list[str]]:
    while ids := [one["_id"] for one in windows.find(older, {"_id": 1}).limit(_BATCH)]:
        yield ids


def window_tables() -> list[Table]:
    """Return the tables whose windows MongoDB holds."""
    return [table for table in TABLES.values() if table.live and table.interval]


def newest_in_lake(trino_url: str, namespace: Namespace, table: Table) -> datetime | None:
    """Return the start of the newest window of a table that the lake has.

    Raises:
        QueryError: Trino refused, or does not answer.
    """
    names = {"silver": namespace.layer(table.layer), "table": table.name}
    ((newest,),) = query(trino_url, statement("flows/maintenance/newest_window.sql", names)).rows
    found: datetime | None = newest
    return found
