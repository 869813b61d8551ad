"""Run a statement of `sql/flows/maintenance` over the range of a piece of work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from iceberg.maintenance import Work
from sql import statement
from stores.iceberg import Lake
from stores.trino import query
from stores.trino_literals import instant

_NO_MINIMUM = {
    "lake.expire_snapshots_min_retention": "0s",
    "lake.remove_orphan_files_min_retention": "0s",
}
"""The ages are ours to choose; Trino's own minimum of seven days would refuse shorter ones."""


def run_statement(
    trino_url: str, lake: Lake, name: str, work: Work, **parameters: str
) -> Sequence[Sequence[Any]]:
    """Return the rows of a statement, filled with the work's table and range.

    Raises:
        ConflictError: another writer was first, and nothing was changed.
        QueryError: Trino refused, or does not answer.
    """
    table = work.table
    names = {
        "layer": lake.namespace.layer(table.layer),
        "table": table.name,
        "time": table.time,
        "start": _bound(work.start),
        "end": _bound(work.end),
    }
    text = statement(f"flows/maintenance/{name}.sql", names | parameters)
    return query(trino_url, text, _NO_MINIMUM).rows


def _bound(moment: datetime | None) -> str:
    return "NULL" if moment is None else instant(moment)
