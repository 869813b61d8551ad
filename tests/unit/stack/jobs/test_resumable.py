"""When a job is not resumed, and what the error says to do."""

from typing import Any

import pytest

from flink_jobs.statements import Statements
from stack.jobs.recovery import RestorePoint
from stack.jobs.resumable import (
    ChangedStatementsError,
    ResumeError,
    check_lake,
    check_statements,
    why_not_clean,
)
from stack.jobs.runs import Run
from tests.unit.stack.jobs.test_lake_commits import JOB, Lake, table

STATEMENTS = Statements("new", frozenset(), frozenset(), (), frozenset({"candles_1s"}))


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
