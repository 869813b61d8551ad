"""How far the lake's tables have committed a run's checkpoints.

Flink's Iceberg sink writes the number of the checkpoint into each snapshot, and silently skips
whatever a later start commits under a number that it has seen. So a job must not resume from a
checkpoint that a table is ahead of.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from market.dictionary.tables import TABLES
from stores.iceberg import Lake

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

_JOB = "flink.job-id"
_NUMBER = "flink.max-committed-checkpoint-id"


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
