"""How far the lake is: what Flink's sink wrote into the snapshots of a table."""

from types import SimpleNamespace
from typing import Any

from pyiceberg.table.snapshots import Operation, Snapshot, Summary

from stack.jobs.lake_commits import last_committed, tables_ahead

JOB, OTHER = "a1b2c3" + "0" * 26, "f" * 32


def table(*commits: tuple[str, int]) -> Any:
    """Return a table with a snapshot of each job and checkpoint, and one of a flow."""
    summaries = [
        {"flink.job-id": job, "flink.max-committed-checkpoint-id": str(number)}
        for job, number in commits
    ]
    snapshots = [
        Snapshot(
            snapshot_id=n,
            timestamp_ms=n,
            manifest_list="",
            summary=Summary(Operation.APPEND, **values),
        )
        for n, values in enumerate([*summaries, {}])
    ]
    return SimpleNamespace(metadata=SimpleNamespace(snapshots=snapshots))


class Lake:
    def __init__(self, **tables: Any) -> None:
        self._tables = tables

    def table(self, wanted: Any) -> Any:
        return self._tables[wanted.name]


def test_the_last_checkpoint_of_a_run_counts_whatever_the_order_of_snapshots() -> None:
    stored = table((JOB, 1_000), (JOB, 999), (OTHER, 5_000))
    assert last_committed(stored, JOB) == 1_000
    assert last_committed(stored, JOB[:6]) == 1_000
    assert last_committed(stored, "0" * 32) == 0


def test_a_table_that_is_ahead_of_the_checkpoint_is_named_with_what_it_has() -> None:
    lake: Any = Lake(candles_1s=table((JOB, 1_000)), candles_1m=table((JOB, 999)))
    names = {"candles_1s", "candles_1m"}
    assert tables_ahead(lake, names, JOB, 999) == {"candles_1s": 1_000}
    assert tables_ahead(lake, names, JOB, 1_000) == {}
