"""One pipeline in one namespace: create what it needs, start its jobs, tear it down."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient
from pymongo import MongoClient

from connectors.connect.topics import ensure_topics
from iceberg.migrate import drop, migrate
from market.dictionary.names import Namespace
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS
from market.dictionary.topics import TOPICS
from market.errors import TidemarkError
from sql import statement
from stack.jobs.control import Submission, is_changed, stop, submit
from stack.jobs.package import JOBS, ON_DEMAND, package_job
from stack.jobs.recovery import delete_state
from stack.jobs.upgrade import upgrade
from stack.lake import lake as lake
from stack.settings import Settings
from stores.flink import Cluster
from stores.mongodb import prepare
from stores.trino import query

Report = Callable[[str], None]


def launcher_jar(settings: Settings) -> Path:
    """Return where Maven leaves the launcher from which every job's jar is built."""
    return settings.root / "java/launcher/target/lib/tidemark-job-launcher-0.1.0.jar"


def job_jar(settings: Settings, job: str) -> Path:
    """Build a job's jar from the sources as they are now, and return its path."""
    return package_job(job, settings.root, launcher_jar(settings), settings.job_jars)


def package_batch_jobs(settings: Settings) -> None:
    """Build the jars of the jobs that flows submit."""
    for job in ON_DEMAND:
        job_jar(settings, job)


def make_ready(settings: Settings, report: Report) -> None:
    """Create topics, lake tables and MongoDB collections; safe to run again.

    Raises:
        TopicMismatchError: a topic exists with other settings.
    """
    created = ensure_topics(settings.kafka.bootstrap_servers, TOPICS.values(), settings.namespace)
    report(f"topics: {len(created)} created, {len(TOPICS) - len(created)} there")
    done = migrate(lake(settings), lambda step: report(f"lake: {step.number:04} {step.name}"))
    report(f"lake: {done} migrations run")
    prepare(settings.mongodb.uri, settings.namespace)
    report(f"mongodb: database {settings.namespace.database()} ready")


def create_views(url: str, namespace: Namespace) -> list[str]:
    """Create or replace one view for each table that both stores hold; return their names."""
    query(url, f"CREATE SCHEMA IF NOT EXISTS lake.{namespace.layer('views')}")
    for table in WINDOWS:
        query(url, statement("views/hot_and_cold.sql", _view_names(table, namespace)))
    return [f"lake.{namespace.layer('views')}.{table.name}" for table in WINDOWS]


def _view_names(table: Table, namespace: Namespace) -> dict[str, str]:
    names = [f'"{field.name}"' for field in table.fields]
    return {
        "views": namespace.layer("views"),
        "silver": namespace.layer(table.layer),
        "database": namespace.database(),
        "table": table.name,
        "columns": ",\n  ".join(names),
        "hot_columns": ",\n  ".join(f"hot.{name}" for name in names),
    }


def make_views(settings: Settings, report: Report) -> None:
    """Create the Trino views that join hot and cold."""
    for name in create_views(settings.trino_url, settings.namespace):
        report(f"trino: view {name}")


def start_jobs(settings: Settings, report: Report, jobs: Sequence[str] = JOBS) -> list[Submission]:
    """Submit every job that does not run yet, resuming where it stopped.

    Raises:
        ChangedStatementsError: a job's state was made by other statements.
    """
    package_batch_jobs(settings)
    submissions = []
    for job in jobs:
        report(f"flink: submitting {settings.namespace.job(job)}")
        submission = submit(settings, job, job_jar(settings, job))
        report(f"flink: {describe(submission)}")
        submissions.append(submission)
    return submissions


def changed_jobs(settings: Settings, jobs: Sequence[str] = JOBS) -> list[str]:
    """Return the jobs whose state was made by other statements than they have now."""
    return [job for job in jobs if is_changed(settings, job)]


def upgrade_jobs(settings: Settings, report: Report, jobs: Sequence[str]) -> None:
    """Upgrade jobs to the statements that they have now; see `stack.jobs.takeover`.

    Raises:
        ResumeError: a job was not stopped cleanly, or never ran.
    """
    for job in jobs:
        report(f"flink: upgrading {settings.namespace.job(job)}")
        report(f"flink: {describe(upgrade(settings, job, job_jar(settings, job)))}")


def stop_jobs(settings: Settings, report: Report) -> None:
    """Stop every job with a savepoint; a cluster that does not answer has none to stop."""
    cluster = Cluster(settings.flink_url)
    if not cluster.is_alive():
        return
    for job in JOBS:
        savepoint = stop(settings, job)
        if savepoint is not None:
            report(f"flink: {settings.namespace.job(job)} stopped at {savepoint}")


def describe(submission: Submission) -> str:
    """Return in words what became of a submission."""
    if submission.already_running:
        return f"{submission.name} already runs as {submission.job_id}"
    if submission.upgraded_from:
        return (
            f"{submission.name} runs its new statements as {submission.job_id}, after "
            f"{submission.upgraded_from}; {submission.read_again:,} records are read again for "
            "the windows that were open"
        )
    origin = submission.restored_from or "the beginning of its topics"
    return f"{submission.name} runs as {submission.job_id}, from {origin}"


def tear_down(settings: Settings) -> None:
    """Cancel the jobs of a namespace and delete everything that it owns.

    Raises:
        TidemarkError: the namespace is the product's own.
    """
    if not settings.namespace.prefix:
        raise TidemarkError(
            f"namespace: expected one with a prefix, found {settings.namespace.prefix!r}, the "
            "product's own, whose data are not torn down"
        )
    cluster = Cluster(settings.flink_url)
    names = [settings.namespace.job(job) for job in (*JOBS, *ON_DEMAND)]
    for job in cluster.jobs():
        if job.name in names and job.active:
            cluster.cancel(job.job_id)
    drop(lake(settings))
    for name in names:
        delete_state(settings.object_store, name)
    with MongoClient[dict[str, Any]](settings.mongodb.uri) as client:
        client.drop_database(settings.namespace.database())
    _delete_topics(settings)


def _delete_topics(settings: Settings) -> None:
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    try:
        ours = {settings.namespace.topic(name) for name in TOPICS}
        admin.delete_topics(sorted(ours.intersection(admin.list_topics())))
    finally:
        admin.close()
