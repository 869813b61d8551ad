"""Upgrade a job to changed statements; `stack.jobs.takeover` says how it continues."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from flink_jobs.statements import Statements, statements_of
from stack.jobs.control import Submission, launch, new_run, resumed, stop
from stack.jobs.partitions import reading
from stack.jobs.recovery import RestorePoint, newest_restore_point, state_files
from stack.jobs.resumable import ResumeError, check_lake, why_not_clean
from stack.jobs.runs import Run, Runs
from stack.jobs.savepoints import METADATA
from stack.jobs.takeover import Plan, StoppedJob
from stack.lake import lake
from stack.settings import Settings
from stores.flink import Cluster

_RUNNING_WITHIN_S = 180.0
_POLL_S = 0.5


def upgrade(settings: Settings, job: str, jar: Path) -> Submission:
    """Upgrade a job to the statements that it has now, whatever made its state.

    A running job is stopped with a savepoint first. One that crashed is resumed with the jar that
    it ran, so that its results are committed, and then stopped.

    Raises:
        ResumeError: the job never ran, or crashed and cannot be resumed.
        SavepointError: the savepoint lacks a source's offsets.
        ClusterError: Flink refused it, or the savepoint failed.
    """
    name, files = settings.namespace.job(job), state_files(settings.object_store)
    stop(settings, job)
    point = newest_restore_point(files, name)
    if point is not None and point.run is not None and not point.is_clean:
        _stop_cleanly(settings, job, point, point.run)
        point = newest_restore_point(files, name)
    if point is None or not point.is_clean:
        raise ResumeError(why_not_clean(name, job, point))
    statements, since_ms = statements_of(job), point.run.since_ms if point.run else 0
    plan = _plan(settings, point, statements, since_ms)
    submission = launch(settings, job, jar, new_run(statements.digest, since_ms, plan.takeover))
    return replace(submission, upgraded_from=point.path, read_again=plan.read_again)


def _stop_cleanly(settings: Settings, job: str, point: RestorePoint, run: Run) -> None:
    """Resume a crashed job with the statements that it ran, and stop it with a savepoint."""
    name = settings.namespace.job(job)
    kept = Runs(state_files(settings.object_store), name).jar(run.statements)
    if kept is None:
        raise ResumeError(why_not_clean(name, job, point))
    check_lake(lake(settings), name, point, statements_of(job))
    with tempfile.TemporaryDirectory() as folder:
        jar = Path(folder) / f"{job}.jar"
        jar.write_bytes(kept)
        launch(settings, job, jar, resumed(run), point.path)
    _wait_until_it_runs(settings, name)
    stop(settings, job)


def _wait_until_it_runs(settings: Settings, name: str) -> None:
    cluster, deadline = Cluster(settings.flink_url), time.monotonic() + _RUNNING_WITHIN_S
    while not ((job := cluster.active(name)) and job.running):
        if time.monotonic() > deadline:
            raise ResumeError(
                f"{name}: expected the job that crashed to run again within "
                f"{_RUNNING_WITHIN_S:.0f} s, so that it can be stopped cleanly; see its page in "
                "the Flink UI"
            )
        time.sleep(_POLL_S)


def _plan(settings: Settings, point: RestorePoint, statements: Statements, since_ms: int) -> Plan:
    files = state_files(settings.object_store)
    with files.open_input_file(f"{point.path.removeprefix('s3://')}/{METADATA}") as file:
        metadata = file.read()
    with reading(settings.kafka.bootstrap_servers) as consumer:
        stopped = StoppedJob(consumer, settings.namespace, metadata, since_ms)
        return stopped.plan(statements, generation=point.path.rsplit("-", 1)[-1])
