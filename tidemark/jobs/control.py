"""Submit and stop jobs so that nothing is lost between: stop takes a savepoint, submit resumes."""

from dataclasses import dataclass
from pathlib import Path

from flink_jobs.config import savepoint_directory
from sql.cluster import Cluster
from tidemark.jobs.recovery import newest_restore_path
from tidemark.settings import Settings

STOP_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a job.

    Attributes:
        name: the job's full name.
        job_id: Flink's id.
        restored_from: S3 path that it resumed from; None for a fresh start.
        already_running: True when nothing was submitted because it runs.
    """

    name: str
    job_id: str
    restored_from: str | None
    already_running: bool


def submit(settings: Settings, job: str, jar: Path, *, fresh: bool = False) -> Submission:
    """Submit a job unless it runs, resuming from its newest savepoint or checkpoint.

    Args:
        settings: of the stack.
        job: short name, such as ``candles``.
        jar: from `tidemark.jobs.package`.
        fresh: start from the beginning of the topics.

    Raises:
        ClusterError: Flink refused it.
    """
    cluster, name = Cluster(settings.flink_url), settings.namespace.job(job)
    running = cluster.active(name)
    if running is not None:
        return Submission(name, running.job_id, None, already_running=True)
    restore = None if fresh else newest_restore_path(settings.object_store, name)
    jar_id = cluster.upload(jar)
    try:
        job_id = cluster.run(jar_id, _options(settings), restore)
    finally:
        cluster.delete_jar(jar_id)
    return Submission(name, job_id, restore, already_running=False)


def _options(settings: Settings) -> list[str]:
    interval_ms = settings.flink.checkpoint_interval_s * 1000
    options = ["--checkpoint-interval-ms", str(interval_ms)]
    if settings.namespace.prefix:
        options += ["--namespace", settings.namespace.prefix]
    return options


def stop(settings: Settings, job: str) -> str | None:
    """Stop a job with a savepoint; return its path, or None when the job does not run.

    Raises:
        ClusterError: the savepoint failed.
    """
    cluster, name = Cluster(settings.flink_url), settings.namespace.job(job)
    running = cluster.active(name)
    if running is None:
        return None
    return cluster.stop(running.job_id, savepoint_directory(name), STOP_TIMEOUT_S)
