"""Write rows into the event tables of `ops`: each run appends its own, and none is replaced."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from iceberg.schema import iceberg_schema
from market.dictionary.tables import table
from stores.iceberg import Lake


def append(lake: Lake, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows to a table in one commit; without any, nothing is committed.

    Args:
        lake: that was migrated.
        name: of the table.
        rows: values by column; instants are aware datetimes.

    Raises:
        pyiceberg.exceptions.CommitFailedException: another writer was first; nothing was written.
        pyiceberg.exceptions.NoSuchTableError: the lake was not migrated.
    """
    if rows:
        wanted = table(name)
        schema = iceberg_schema(wanted).as_arrow()
        lake.table(wanted).append(pa.Table.from_pylist([dict(row) for row in rows], schema=schema))
