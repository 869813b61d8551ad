"""Namespaces of the lake for the rows of one run: made for it, taken from, and dropped again.

Each run has one of its own, so what a killed run leaves is never read by another; it is dropped
once it is so old that nothing can still be writing there.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from pyiceberg.exceptions import NamespaceNotEmptyError, NoSuchNamespaceError, NoSuchTableError

from iceberg.schema import PROPERTIES, iceberg_schema
from market.dictionary.schemas import Table
from stores.iceberg import Lake

STALE_AFTER_S = 86_400


@contextmanager
def staging(lake: Lake, tables: Sequence[Table]) -> Iterator[str]:
    """Make a namespace with empty tables, yield its name, and drop it."""
    drop_staging(lake, older_than_s=STALE_AFTER_S)
    name = lake.namespace.staging(str(time.time_ns() // 1_000))
    lake.catalog.create_namespace(name)
    try:
        for table in tables:
            lake.catalog.create_table(
                (name, table.name), iceberg_schema(table), properties=PROPERTIES
            )
        yield name
    finally:
        _drop(lake, name)


def drop_staging(lake: Lake, older_than_s: float = 0) -> None:
    """Drop what runs have left that began so many seconds ago or earlier."""
    latest_us = (time.time() - older_than_s) * 1_000_000
    prefix = lake.namespace.staging("")
    for (name,) in lake.catalog.list_namespaces():
        run = name.removeprefix(prefix)
        if name.startswith(prefix) and run.isdecimal() and int(run) <= latest_us:
            _drop(lake, name)


def _drop(lake: Lake, name: str) -> None:
    # Another run may be dropping the same leftovers.
    with suppress(NoSuchNamespaceError, NoSuchTableError, NamespaceNotEmptyError):
        for identifier in lake.catalog.list_tables(name):
            lake.catalog.drop_table(identifier)
        lake.catalog.drop_namespace(name)
