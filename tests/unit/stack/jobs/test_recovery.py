"""Which savepoint or checkpoint a job resumes from: numbers decide, never the time of a file."""

import os
import struct
from pathlib import Path

import pytest
from pyarrow.fs import FileSystem, LocalFileSystem, SubTreeFileSystem

from flink_jobs.upgrades import Takeover
from stack.jobs.recovery import RestorePoint, newest_restore_point
from stack.jobs.runs import Run, Runs

JOB = "check.candles"
FIRST, SECOND = "a" * 32, "b" * 32


class Bucket:
    """Checkpoints and savepoints as Flink leaves them, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "flink"
        self.files: FileSystem = SubTreeFileSystem(str(folder), LocalFileSystem())

    def checkpoint(self, job_id: str, number: int, written_s: int) -> str:
        return self._write(f"checkpoints/{JOB}/{job_id}/chk-{number}", number, written_s)

    def savepoint(self, job_id: str, number: int, written_s: int) -> str:
        name = f"savepoints/{JOB}/savepoint-{job_id[:6]}-0123456789ab"
        return self._write(name, number, written_s)

    def _write(self, name: str, number: int, written_s: int) -> str:
        path = self._folder / name / "_metadata"
        path.parent.mkdir(parents=True)
        path.write_bytes(struct.pack(">iiq", 0x4960672D, 6, number) + b"rest")
        os.utime(path, (written_s, written_s))
        return f"s3://flink/{name}"

    def record(self, number: int, job_id: str, stopped_at: str = "") -> Run:
        run = Run(number, job_id, "statements", 0, stopped_at=stopped_at)
        Runs(self.files, JOB).record(run)
        return run

    @property
    def newest(self) -> RestorePoint | None:
        return newest_restore_point(self.files, JOB)


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    (tmp_path / "flink").mkdir()
    return Bucket(tmp_path)


def path_of(point: RestorePoint | None) -> str:
    assert point is not None
    return point.path


def test_a_job_that_never_ran_has_nothing_to_resume_from(bucket: Bucket) -> None:
    assert bucket.newest is None


@pytest.mark.parametrize("written_s", [(100, 100), (200, 100)])
def test_the_highest_number_of_a_run_counts_whatever_its_files_times_are(
    bucket: Bucket, written_s: tuple[int, int]
) -> None:
    bucket.checkpoint(FIRST, 999, written_s[0])
    highest = bucket.checkpoint(FIRST, 1_000, written_s[1])
    assert path_of(bucket.newest) == highest


def test_a_savepoint_is_placed_by_its_number_in_the_run(bucket: Bucket) -> None:
    savepoint = bucket.savepoint(FIRST, 7, written_s=100)
    bucket.checkpoint(FIRST, 6, written_s=200)
    assert path_of(bucket.newest) == savepoint
    later = bucket.checkpoint(FIRST, 8, written_s=50)
    assert path_of(bucket.newest) == later


def test_the_newest_run_counts_although_its_numbers_restarted(bucket: Bucket) -> None:
    bucket.record(1, FIRST)
    bucket.record(2, SECOND)
    bucket.checkpoint(FIRST, 999, written_s=200)
    newest = bucket.checkpoint(SECOND, 3, written_s=100)
    assert path_of(bucket.newest) == newest


def test_a_run_without_a_checkpoint_leaves_the_one_before_it(bucket: Bucket) -> None:
    bucket.record(1, FIRST)
    bucket.record(2, SECOND)
    newest = bucket.checkpoint(FIRST, 5, written_s=100)
    assert path_of(bucket.newest) == newest


def test_a_run_that_was_not_recorded_is_placed_by_its_files(bucket: Bucket) -> None:
    bucket.record(1, FIRST)
    bucket.checkpoint(FIRST, 5, written_s=100)
    unknown = bucket.checkpoint(SECOND, 1, written_s=200)
    point = bucket.newest
    assert path_of(point) == unknown
    assert point is not None
    assert point.run is None


def test_a_checkpoint_that_is_not_complete_does_not_count(bucket: Bucket, tmp_path: Path) -> None:
    complete = bucket.checkpoint(FIRST, 5, written_s=100)
    (tmp_path / "flink" / "checkpoints" / JOB / FIRST / "chk-6").mkdir()
    assert path_of(bucket.newest) == complete


def test_only_the_savepoint_of_a_clean_stop_is_clean(bucket: Bucket) -> None:
    savepoint = bucket.savepoint(FIRST, 7, written_s=100)
    bucket.record(1, FIRST)
    assert bucket.newest is not None
    assert not bucket.newest.is_clean
    Runs(bucket.files, JOB).record_stop(FIRST, savepoint)
    assert bucket.newest.is_clean
    bucket.checkpoint(FIRST, 8, written_s=100)
    assert not bucket.newest.is_clean


def test_runs_are_numbered_in_the_order_of_their_submission(bucket: Bucket) -> None:
    runs = Runs(bucket.files, JOB)
    assert runs.next_number() == 1
    bucket.record(1, FIRST)
    bucket.record(2, SECOND)
    assert [run.job_id for run in runs.all()] == [FIRST, SECOND]
    assert runs.next_number() == 3


def test_what_a_run_was_given_is_recorded(bucket: Bucket) -> None:
    takeover = Takeover({"trades": {0: 5}}, {"candles_1s": {"binance-spot": 9}}, "ab12")
    run = Run(1, FIRST, "statements", 7, takeover)
    Runs(bucket.files, JOB).record(run)
    assert Runs(bucket.files, JOB).of(FIRST[:6]) == run
