"""When a job is not resumed, what the error says to do, and how far the lake is."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.table.snapshots import Operation, Snapshot, Summary

from flink_jobs.statements import Statements
from stack.jobs.partitions import last_heartbeat_until
from stack.jobs.recovery import RestorePoint
from stack.jobs.resumable import (
    ChangedStatementsError,
    ResumeError,
    check_lake,
    check_statements,
    last_committed,
    tables_ahead,
    why_not_clean,
)
from stack.jobs.runs import Run

JOB, OTHER = "a1b2c3" + "0" * 26, "f" * 32
STATEMENTS = Statements("new", frozenset(), frozenset(), (), frozenset({"candles_1s"}))


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


def point(run: Run | None = None, *, is_savepoint: bool = False) -> RestorePoint:
    path = f"s3://flink/checkpoints/candles/{JOB}/chk-999"
    return RestorePoint(path, JOB, 999, is_savepoint=is_savepoint, run=run)


@pytest.mark.parametrize("run", [Run(1, JOB, "old", 0), None])
def test_state_of_other_statements_is_refused_with_the_command_that_helps(run: Run | None) -> None:
    with pytest.raises(ChangedStatementsError, match="`tidemark jobs upgrade candles`"):
        check_statements("check.candles", "candles", point(run), STATEMENTS)


def test_state_of_the_same_statements_is_resumed() -> None:
    check_statements("candles", "candles", point(Run(1, JOB, "new", 0)), STATEMENTS)


def test_a_checkpoint_that_the_lake_is_ahead_of_is_refused_with_the_table() -> None:
    lake: Any = Lake(candles_1s=table((JOB, 1_000)))
    with pytest.raises(ResumeError, match=r"chk-999 .* found later ones \(candles_1s has 1000\)"):
        check_lake(lake, "candles", point(), STATEMENTS)


def test_a_checkpoint_that_the_lake_has_committed_is_resumed() -> None:
    lake: Any = Lake(candles_1s=table((JOB, 999)))
    check_lake(lake, "candles", point(), STATEMENTS)


def test_a_job_that_crashed_is_not_upgraded_before_it_has_committed() -> None:
    assert "tidemark jobs submit candles" in why_not_clean("candles", "candles", point())
    assert "found none" in why_not_clean("candles", "candles", None)


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


@dataclass
class Beats:
    """A partition as a list of heartbeat times by offset, None for any other record."""

    times: list[int | None]
    reads: int = field(default=0)

    def first_heartbeat(self, start: int, end: int) -> tuple[int, int] | None:
        self.reads += 1
        found = ((n, self.times[n]) for n in range(start, end))
        return next(((n, time) for n, time in found if time is not None), None)


@given(st.lists(st.one_of(st.none(), st.integers(0, 5))), st.integers(-1, 40))
def test_the_heartbeat_is_the_last_one_of_the_instant_or_before(
    steps: list[int | None], time_ms: int
) -> None:
    times: list[int | None] = []
    now = 0
    for step in steps:
        now += step or 0
        times.append(None if step is None else now)
    expected = [n for n, time in enumerate(times) if time is not None and time <= time_ms]
    found = last_heartbeat_until(Beats(times), 0, len(times), time_ms)
    assert found == (expected[-1] if expected else 0)


def test_a_long_partition_needs_few_reads() -> None:
    beats = Beats([n if n % 10 == 0 else None for n in range(100_000)])
    assert last_heartbeat_until(beats, 0, 100_000, 54_321) == 54_320
    assert beats.reads < 40
