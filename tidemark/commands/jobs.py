"""`tidemark jobs`: package, submit, upgrade, list and stop the Flink jobs."""

import time

import click
from rich.console import Console
from rich.table import Table

from stack import pipeline
from stack.console import Console as Progress
from stack.jobs import control
from stack.jobs.package import JOBS
from stack.settings import read_settings
from stack.stack import Stack
from stores.flink import Cluster

_NAMES = click.argument("names", nargs=-1, type=click.Choice(JOBS), metavar="[JOB]...")


@click.group("jobs")
def command() -> None:
    """Package, submit, upgrade, list and stop the Flink jobs.

    Stop takes a savepoint and submit resumes from the newest one, so nothing is lost in between.
    """


@command.command("package")
@_NAMES
def package(names: tuple[str, ...]) -> None:
    """Build one jar per job in build/jobs, to submit in the Flink web UI by upload and click."""
    settings = read_settings()
    for name in names or JOBS:
        click.echo(str(pipeline.job_jar(settings, name).relative_to(settings.root)))


@command.command("submit")
@_NAMES
@click.option("--fresh", is_flag=True, help="Read the topics from their beginning.")
def submit(names: tuple[str, ...], *, fresh: bool) -> None:
    """Submit jobs (all when none is named); a job that runs already is left alone.

    A job resumes from its newest savepoint or retained checkpoint, unless other statements made it.
    """
    settings = read_settings()
    Stack(settings).require()
    for name in names or JOBS:
        jar = pipeline.job_jar(settings, name)
        click.echo(pipeline.describe(control.submit(settings, name, jar, fresh=fresh)))


@command.command("upgrade")
@_NAMES
def upgrade(names: tuple[str, ...]) -> None:
    """Upgrade jobs to changed SQL (those that have changed when none is named).

    A running job is stopped with a savepoint. The new statements continue where the old ones
    stopped, and rebuild the windows that were open; what was published is not published again.
    """
    settings, report = read_settings(), Progress().line
    Stack(settings).require()
    pipeline.make_ready(settings, report)
    changed = names or pipeline.changed_jobs(settings)
    pipeline.upgrade_jobs(settings, click.echo, changed)
    if not changed:
        click.echo("every job has the statements that made its state")


@command.command("list")
def show() -> None:
    """List the jobs that the cluster knows, newest first."""
    table = Table("job", "state", "tasks", "running for", "id")
    for job in Cluster(read_settings().flink_url).jobs():
        age = f"{max(0.0, time.time() - job.started_ms / 1000):,.0f} s" if job.active else "-"
        table.add_row(
            job.name, job.state, f"{job.tasks_running}/{job.tasks_total}", age, job.job_id
        )
    Console().print(table)


@command.command("stop")
@_NAMES
def stop(names: tuple[str, ...]) -> None:
    """Stop jobs with a savepoint (all when none is named)."""
    settings = read_settings()
    for name in names or JOBS:
        savepoint = control.stop(settings, name)
        full = settings.namespace.job(name)
        click.echo(f"{full} stopped at {savepoint}" if savepoint else f"{full} does not run")
