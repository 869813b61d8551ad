"""Check that a job can resume from what is left of it with no row lost, doubled or wrong.

Flink's Iceberg sink writes the number of the checkpoint into each snapshot, and silently skips
whatever a later start commits under a number that it has seen. So a job must not resume from a
checkpoint that a table is ahead of.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from flink_jobs.statements import Statements
from market.dictionary.tables import TABLES
from market.errors import TidemarkError
from stack.jobs.recovery import RestorePoint
from stores.iceberg import Lake

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

_JOB = "flink.job-id"
_NUMBER = "flink.max-committed-checkpoint-id"


class ResumeError(TidemarkError):
    """A job cannot resume from what is left of it without rows being wrong."""


class ChangedStatementsError(ResumeError):
    """A job's state was made by other statements."""


def check_statements(name: str, job: str, point: RestorePoint, statements: Statements) -> None:
    """Check that a job's state was made by the statements that it has now.

    Args:
        name: the job's full name.
        job: its short name.
        point: that it would resume from.
        statements: of this checkout.

    Raises:
        ChangedStatementsError: it was not, or that is unknown.
    """
    found = point.run.statements if point.run else "statements that were not recorded"
    if found != statements.digest:
        raise ChangedStatementsError(
            f"{name}: expected {point.path} to be made by the statements of this checkout "
            f"({statements.digest}), found {found}; nothing was submitted, since Flink would mix "
            f"the state of both. `tidemark jobs upgrade {job}` continues with the new statements"
        )


def check_lake(lake: Lake, name: str, point: RestorePoint, statements: Statements) -> None:
    """Check that no table of the lake is ahead of what a job would resume from.

    Raises:
        ResumeError: one is.
    """
    ahead = tables_ahead(lake, statements.lake_tables, point.job_id, point.number)
    if ahead:
        listed = ", ".join(f"{table} has {number}" for table, number in ahead.items())
        raise ResumeError(
            f"{name}: expected {point.path} to be the last checkpoint that the lake has committed, "
            f"found later ones ({listed}); nothing was submitted, since rows would be skipped or "
            "doubled. Restore the missing checkpoint, or roll those tables back: see the runbook, "
            "Stopping and resuming"
        )


def tables_ahead(lake: Lake, names: Collection[str], job_id: str, number: int) -> dict[str, int]:
    """Return the tables that hold rows of later checkpoints of a run, with the last one's number.

    Args:
        lake: of the pipeline.
        names: of the tables that the job appends to.
        job_id: Flink's id of the run, or its first characters.
        number: of the checkpoint that the job would resume from.
    """
    committed = {name: last_committed(lake.table(TABLES[name]), job_id) for name in sorted(names)}
    return {name: last for name, last in committed.items() if last > number}


def last_committed(table: "IcebergTable", job_id: str) -> int:
    """Return the number of a run's last checkpoint that a table has; 0 without one."""
    summaries = (snapshot.summary for snapshot in table.metadata.snapshots if snapshot.summary)
    numbers = (
        int(summary.additional_properties.get(_NUMBER, 0))
        for summary in summaries
        if summary.additional_properties.get(_JOB, "").startswith(job_id)
    )
    return max(numbers, default=0)


def why_not_clean(name: str, job: str, point: RestorePoint | None) -> str:
    """Return why a job cannot be upgraded, and what to do."""
    if point is None:
        return (
            f"{name}: expected a savepoint to continue from, found none; "
            f"`tidemark jobs submit {job}` starts it"
        )
    return (
        f"{name}: expected the savepoint of a clean stop, found {point.path}, after which results "
        "may wait for their commit; resume it once with the statements that made it (check that "
        f"version out, `tidemark jobs submit {job}`), then upgrade"
    )
