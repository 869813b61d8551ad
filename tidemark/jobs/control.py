"""Submit, stop and upgrade jobs so that nothing is lost between.

Stop takes a savepoint and submit resumes from it. State fits the statements that it was made by
and no others, so a job whose statements have changed is upgraded: see `tidemark.jobs.takeover`.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from flink_jobs.config import savepoint_directory
from flink_jobs.statements import Statements, statements_of
from flink_jobs.upgrades import Takeover
from market.errors import TidemarkError
from sql.cluster import Cluster
from tidemark.jobs.lake_commits import tables_ahead
from tidemark.jobs.partitions import reading
from tidemark.jobs.recovery import RestorePoint, newest_restore_point, state_files
from tidemark.jobs.runs import Run, Runs
from tidemark.jobs.savepoints import METADATA
from tidemark.jobs.takeover import Plan, StoppedJob
from tidemark.lake import lake
from tidemark.settings import Settings

STOP_TIMEOUT_S = 120.0


class ResumeError(TidemarkError):
    """A job cannot resume from what is left of it without rows being wrong."""


class ChangedStatementsError(ResumeError):
    """A job's state was made by other statements."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a job.

    Attributes:
        name: the job's full name.
        job_id: Flink's id.
        restored_from: S3 path that it resumed from; None for a fresh start.
        already_running: True when nothing was submitted because it runs.
        upgraded_from: savepoint of other statements behind which it goes on; None without.
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
        jar: from `tidemark.jobs.package`.
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
        _check_statements(name, job, point, statements)
        _check_lake(settings, name, point, statements)
    run = point.run if point else None
    takeover = Takeover(published=run.published if run else {})
    since_ms = run.since_ms if run else _now_ms()
    job_id = _run(settings, job, jar, takeover, point.path if point else None)
    _remember(Runs(files, name), job_id, statements, takeover, since_ms)
    return Submission(name, job_id, point.path if point else None, already_running=False)


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
    Runs(state_files(settings.object_store), name).stopped(running.job_id, savepoint)
    return savepoint


def upgrade(settings: Settings, job: str, jar: Path) -> Submission:
    """Let a job go on with the statements that it has now, whatever made its state.

    A running job is stopped with a savepoint first. See `tidemark.jobs.takeover`.

    Raises:
        ResumeError: the job was not stopped cleanly, or never ran.
        SavepointError: the savepoint does not say where a source stood.
        ClusterError: Flink refused it, or the savepoint failed.
    """
    name, files = settings.namespace.job(job), state_files(settings.object_store)
    stop(settings, job)
    point = newest_restore_point(files, name)
    if point is None or not point.is_clean:
        raise ResumeError(_not_clean(name, job, point))
    statements, since_ms = statements_of(job), point.run.since_ms if point.run else 0
    plan = _plan(settings, point, statements, since_ms)
    job_id = _run(settings, job, jar, plan.takeover, None)
    _remember(Runs(files, name), job_id, statements, plan.takeover, since_ms)
    return Submission(
        name,
        job_id,
        None,
        already_running=False,
        upgraded_from=point.path,
        read_again=plan.read_again,
    )


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


def _plan(settings: Settings, point: RestorePoint, statements: Statements, since_ms: int) -> Plan:
    files = state_files(settings.object_store)
    with files.open_input_file(f"{point.path.removeprefix('s3://')}/{METADATA}") as file:
        metadata = file.read()
    with reading(settings.kafka.bootstrap_servers) as consumer:
        stopped = StoppedJob(consumer, settings.namespace, metadata, since_ms)
        return stopped.plan(statements)


def _run(settings: Settings, job: str, jar: Path, takeover: Takeover, savepoint: str | None) -> str:
    cluster = Cluster(settings.flink_url)
    jar_id = cluster.upload(jar)
    try:
        return cluster.run(jar_id, _options(settings, takeover), savepoint)
    finally:
        cluster.delete_jar(jar_id)


def _options(settings: Settings, takeover: Takeover) -> list[str]:
    interval_ms = settings.flink.checkpoint_interval_s * 1000
    options = ["--checkpoint-interval-ms", str(interval_ms), "--takeover", takeover.to_json()]
    if settings.namespace.prefix:
        options += ["--namespace", settings.namespace.prefix]
    return options


def _remember(
    runs: Runs, job_id: str, statements: Statements, takeover: Takeover, since_ms: int
) -> None:
    number, published = runs.next_number(), takeover.published
    runs.remember(Run(number, job_id, statements.digest, since_ms, published))


def _now_ms() -> int:
    return int(time.time() * 1_000)


def _check_statements(name: str, job: str, point: RestorePoint, statements: Statements) -> None:
    found = point.run.statements if point.run else "statements that nobody wrote down"
    if found != statements.digest:
        raise ChangedStatementsError(
            f"{name}: expected {point.path} to be made by the statements of this checkout "
            f"({statements.digest}), found {found}; nothing was submitted, since Flink would mix "
            f"the state of both. `tidemark jobs upgrade {job}` goes on with the new statements"
        )


def _check_lake(settings: Settings, name: str, point: RestorePoint, statements: Statements) -> None:
    ahead = tables_ahead(lake(settings), statements.lake_tables, point.job_id, point.number)
    if ahead:
        listed = ", ".join(f"{table} has {number}" for table, number in ahead.items())
        raise ResumeError(
            f"{name}: expected {point.path} to be the last checkpoint that the lake has committed, "
            f"found later ones ({listed}); nothing was submitted, since rows would be skipped or "
            "doubled. Restore the missing checkpoint, or roll those tables back: see the runbook, "
            "Stopping and resuming"
        )


def _not_clean(name: str, job: str, point: RestorePoint | None) -> str:
    if point is None:
        return (
            f"{name}: expected a savepoint to go on behind, found none; "
            f"`tidemark jobs submit {job}` starts it"
        )
    return (
        f"{name}: expected the savepoint of a clean stop, found {point.path}, behind which results "
        "may wait for their commit; resume it once with the statements that made it (check that "
        f"version out, `tidemark jobs submit {job}`), then upgrade"
    )
