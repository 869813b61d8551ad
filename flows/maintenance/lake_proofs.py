"""Run statements of `sql/flows/maintenance`, and prove that rows and files are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyiceberg.manifest import DataFileContent

from iceberg.maintenance import Work
from iceberg.table_facts import data_files
from market.dictionary.schemas import Table
from market.errors import TidemarkError
from sql import statement
from stores.iceberg import Lake
from stores.trino import query
from stores.trino_literals import instant

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyiceberg.table import Table as IcebergTable
    from pyiceberg.table.snapshots import Snapshot

_NO_MINIMUM = {
    "lake.expire_snapshots_min_retention": "0s",
    "lake.remove_orphan_files_min_retention": "0s",
}
"""The ages are ours to choose; Trino's own minimum of seven days would refuse shorter ones."""


class MaintenanceError(TidemarkError):
    """Work on a table changed what it must not change."""


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


def same_rows(trino_url: str, lake: Lake, work: Work, rewritten: "Snapshot") -> int:
    """Return how many rows a day has, after checking that a rewrite changed none.

    Writers may have committed meanwhile, so a snapshot is compared with its own parent.

    Raises:
        MaintenanceError: the rows changed.
        QueryError: Trino refused, or does not answer.
    """
    parent = rewritten.parent_snapshot_id
    then, now = (_content(trino_url, lake, work, one) for one in (parent, rewritten.snapshot_id))
    if then != now:
        raise MaintenanceError(
            f"{work.table.layer}.{work.table.name}, {work.start:%Y-%m-%d}: expected rows and "
            f"checksum {then} after compaction, found {now} in snapshot {rewritten.snapshot_id}; "
            f"its parent, snapshot {parent}, is right: roll back to it before it expires"
        )
    return int(now[0])


def _content(trino_url: str, lake: Lake, work: Work, snapshot_id: int | None) -> tuple[Any, ...]:
    columns = ", ".join(f'"{field.name}"' for field in work.table.fields)
    (content,) = run_statement(
        trino_url, lake, "content", work, columns=columns, snapshot_id=str(snapshot_id)
    )
    return tuple(content)


def rows_with_files(table: Table, found: "IcebergTable", stored: "Collection[str]") -> int:
    """Return how many rows a table has, after checking that all its files are there.

    Args:
        table: that is checked.
        found: the same in the catalog, loaded before its files were listed.
        stored: paths of all files in the store.

    Raises:
        MaintenanceError: a file is missing.
    """
    files = list(data_files(found, found.current_snapshot()))
    lost = [file.file_path for file in files if file.file_path not in stored]
    if lost:
        raise MaintenanceError(
            f"{table.layer}.{table.name}: expected every file of the table in the store, found "
            f"{len(lost)} missing, such as {lost[0]}; restore it, and find out who deletes files"
        )
    return sum(
        file.record_count if file.content is DataFileContent.DATA else -file.record_count
        for file in files
    )
