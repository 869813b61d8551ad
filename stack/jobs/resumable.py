"""Check that a job can resume from what is left of it with no row lost, doubled or wrong."""

from flink_jobs.statements import Statements
from market.errors import TidemarkError
from stack.jobs.lake_commits import tables_ahead
from stack.jobs.recovery import RestorePoint
from stores.iceberg import Lake


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
