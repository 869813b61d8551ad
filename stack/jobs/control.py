"""Submit, stop and upgrade jobs so that nothing is lost in between.

Stop takes a savepoint and submit resumes from it. State fits only the statements that made it, so
a job whose statements have changed is upgraded: see `stack.jobs.takeover`.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from flink_jobs.config import savepoint_directory
from flink_jobs.statements import statements_of
from flink_jobs.upgrades import Takeover
from stack.jobs.recovery import newest_restore_point, state_files
from stack.jobs.resumable import check_lake, check_statements
from stack.jobs.runs import Run, Runs
from stack.lake import lake
from stack.settings import Settings
from stores.flink import Cluster

STOP_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a job.

    Attributes:
        name: the job's full name.
        job_id: Flink's id.
        restored_from: S3 path that it resumed from; None for a fresh start.
        already_running: True when nothing was submitted because it runs.
        upgraded_from: savepoint of other statements after which it continues; None without.
        read_again: records that an upgraded job reads a second time.
    """

    name: str
    job_id: str
    restored_from: str | None
    already_running: bool
    upgraded_from: str | None = None
    read_again: int = 0


def submit(settings: Settings, job: str, jar: Path, *, fresh: bool = False) -> Submission:
    """Submit a job unless it runs, resuming from its newest savepoint or checkpoint.

    Args:
        settings: of the stack.
        job: short name, such as ``candles``.
        jar: from `stack.jobs.package`.
        fresh: start from the beginning of the topics.

    Raises:
        ChangedStatementsError: what it would resume from was made by other statements.
        ResumeError: a table of the lake is ahead of what it would resume from.
        ClusterError: Flink refused it.
    """
    cluster, name = Cluster(settings.flink_url), settings.namespace.job(job)
    running = cluster.active(name)
    if running is not None:
        return Submission(name, running.job_id, None, already_running=True)
    statements, files = statements_of(job), state_files(settings.object_store)
    point = None if fresh else newest_restore_point(files, name)
    if point is not None:
        check_statements(name, job, point, statements)
        check_lake(lake(settings), name, point, statements)
    if point is None or point.run is None:
        return launch(settings, job, jar, new_run(statements.digest, _now_ms(), Takeover()))
    return launch(settings, job, jar, resumed(point.run), point.path)


def stop(settings: Settings, job: str) -> str | None:
    """Stop a job with a savepoint; return its path, or None when the job does not run.

    Raises:
        ClusterError: the savepoint failed.
    """
    cluster, name = Cluster(settings.flink_url), settings.namespace.job(job)
    running = cluster.active(name)
    if running is None:
        return None
    savepoint = cluster.stop(running.job_id, savepoint_directory(name), STOP_TIMEOUT_S)
    Runs(state_files(settings.object_store), name).record_stop(running.job_id, savepoint)
    return savepoint


def is_changed(settings: Settings, job: str) -> bool:
    """Return whether a job runs, or would resume, with other statements than it has now."""
    name, files = settings.namespace.job(job), state_files(settings.object_store)
    running = Cluster(settings.flink_url).active(name)
    if running is not None:
        run = Runs(files, name).of(running.job_id)
    else:
        point = newest_restore_point(files, name)
        if point is None:
            return False
        run = point.run
    return run is None or run.statements != statements_of(job).digest


def launch(
    settings: Settings, job: str, jar: Path, run: Run, savepoint: str | None = None
) -> Submission:
    """Start a job and record the run.

    Args:
        settings: of the stack.
        job: short name.
        jar: its jar.
        run: what to record; its number and Flink's id are filled in.
        savepoint: to resume from.

    Raises:
        ClusterError: Flink refused it.
    """
    cluster, name = Cluster(settings.flink_url), settings.namespace.job(job)
    jar_id = cluster.upload(jar)
    try:
        job_id = cluster.run(jar_id, _options(settings, run.takeover), savepoint)
    finally:
        cluster.delete_jar(jar_id)
    runs = Runs(state_files(settings.object_store), name)
    runs.record(replace(run, number=runs.next_number(), job_id=job_id))
    runs.keep_jar(run.statements, jar.read_bytes())
    return Submission(name, job_id, savepoint, already_running=False)


def new_run(statements: str, since_ms: int, takeover: Takeover) -> Run:
    """Return a run that is not launched yet."""
    return Run(0, "", statements, since_ms, takeover)


def resumed(run: Run) -> Run:
    """Return a run that is not launched yet and resumes the state of another one."""
    return new_run(run.statements, run.since_ms, run.takeover.resumed())


def _options(settings: Settings, takeover: Takeover) -> list[str]:
    interval_ms = settings.flink.checkpoint_interval_s * 1000
    options = ["--checkpoint-interval-ms", str(interval_ms), "--takeover", takeover.to_json()]
    if settings.namespace.prefix:
        options += ["--namespace", settings.namespace.prefix]
    return options


def _now_ms() -> int:
    return int(time.time() * 1_000)
