"""Maintenance of the lake's tables: turn facts into a plan, and have Trino carry it out.

`iceberg.maintenance` decides, the statements are in `sql/flows/maintenance`, and
`flows.maintenance.lake_proofs` checks what each piece of work must leave as it was.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING

from pyiceberg.table.snapshots import Operation

from flows.maintenance.lake_proofs import rows_with_files, run_statement, same_rows
from iceberg.maintenance import (
    Action,
    Limits,
    Work,
    plan_compaction,
    plan_expiry,
    plan_orphans,
)
from iceberg.table_facts import file_groups, find_orphans, snapshot_facts, stored_files
from market.dictionary.schemas import Table
from stores.iceberg import Lake

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable
    from pyiceberg.table.snapshots import Snapshot

_DELETIONS = {Action.EXPIRE: "expire_snapshots", Action.ORPHANS: "remove_orphan_files"}


@dataclass(frozen=True, slots=True)
class Done:
    """The outcome of a piece of work: a row of the run's report.

    Attributes:
        files_before: of what was rewritten, or of all that is stored for the table.
        rows: that were proven unchanged; None when nothing was done.
        outcome: in words.
    """

    work: Work
    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    rows: int | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class MaintenanceContext:
    """What maintenance works with.

    Attributes:
        trino_url: of the Trino that rewrites and deletes.
        lake: whose tables are maintained.
        limits: beyond which there is work.
    """

    trino_url: str
    lake: Lake
    limits: Limits


def plan_table(
    context: MaintenanceContext, table: Table, actions: Iterable[Action], now: datetime
) -> Iterator[Work]:
    """Yield the work that a table needs; one that the lake does not have yet needs none."""
    if not context.lake.catalog.table_exists(context.lake.identifier(table)):
        return
    found, limits = context.lake.table(table), context.limits
    if Action.COMPACT in actions:
        yield from plan_compaction(table, file_groups(found, limits.small_file_bytes), limits)
    if Action.EXPIRE in actions:
        yield from plan_expiry(table, snapshot_facts(found), now, limits)
    if Action.ORPHANS in actions:
        orphans = find_orphans(found, context.lake.store, now - limits.keep_orphans)
        yield from plan_orphans(table, orphans, now, limits)


def do_work(context: MaintenanceContext, work: Work, now: datetime) -> Done:
    """Carry out a piece of work; running it again is safe.

    Raises:
        ConflictError: another writer was first, and nothing was changed.
        QueryError: Trino refused, or does not answer.
        MaintenanceError: rows or files are missing afterwards.
    """
    if work.action is Action.COMPACT:
        return _compact(context, work)
    return _delete_files(context, work, now)


def _compact(context: MaintenanceContext, work: Work) -> Done:
    before = context.lake.table(work.table).current_snapshot()
    size = str(context.limits.small_file_bytes)
    run_statement(context.trino_url, context.lake, "optimize", work, small_file_bytes=size)
    rewritten = _rewritten(context.lake.table(work.table), before)
    if rewritten is None:
        return Done(work, outcome="nothing was left to rewrite")
    rows = same_rows(context.trino_url, context.lake, work, rewritten)
    said = rewritten.summary.additional_properties if rewritten.summary else {}
    return Done(
        work,
        files_before=_number(said, "deleted-data-files") + _number(said, "removed-delete-files"),
        files_after=_number(said, "added-data-files"),
        bytes_before=_number(said, "removed-files-size"),
        bytes_after=_number(said, "added-files-size"),
        rows=rows,
        outcome="rewritten",
    )


def _number(said: dict[str, str], name: str) -> int:
    return int(said.get(name, "0"))


def _rewritten(table: "IcebergTable", before: "Snapshot | None") -> "Snapshot | None":
    """Return the newest snapshot after another that holds the same rows in other files."""
    known = -1 if before is None else before.sequence_number or 0
    later = [
        one
        for one in table.metadata.snapshots
        if (one.sequence_number or 0) > known
        and one.summary
        and one.summary.operation is Operation.REPLACE
    ]
    return max(later, key=lambda one: one.sequence_number or 0, default=None)


def _delete_files(context: MaintenanceContext, work: Work, now: datetime) -> Done:
    found = context.lake.table(work.table)
    before, snapshots = stored_files(found, context.lake.store), len(found.metadata.snapshots)
    age_s = str(ceil((now - work.end).total_seconds()))
    run_statement(context.trino_url, context.lake, _DELETIONS[work.action], work, age_s=age_s)
    # First the table, then the store: a commit in between only adds files that are not checked.
    found = context.lake.table(work.table)
    after = stored_files(found, context.lake.store)
    return Done(
        work,
        files_before=len(before),
        files_after=len(after),
        bytes_before=sum(file.size_bytes for file in before),
        bytes_after=sum(file.size_bytes for file in after),
        rows=rows_with_files(work.table, found, {file.path for file in after}),
        outcome=f"{snapshots} snapshots, {len(found.metadata.snapshots)} left",
    )
