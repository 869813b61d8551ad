"""`tidemark flows`: what Prefect runs, and a run by hand."""

import os
import subprocess
import sys

import click

from stack.flow_process import schedule_flows
from stack.settings import Settings, read_settings


@click.group("flows")
def command() -> None:
    """Schedule flows, list them, and run one by hand, such as a backfill."""


@command.command("schedule")
def schedule() -> None:
    """Register the flows and their schedules with Prefect; safe to run again."""
    schedule_flows(read_settings(), click.echo)


@command.command("list")
def show() -> None:
    """List the deployments that Prefect knows."""
    _prefect(read_settings(), "deployment", "ls")


@command.command("run")
@click.argument("deployment")
@click.argument("parameters", nargs=-1, metavar="[PARAMETER=VALUE]...")
def run(deployment: str, parameters: tuple[str, ...]) -> None:
    """Run DEPLOYMENT, a name that `list` shows, and wait for its end.

    A value is JSON or plain text. For instance, to roll up two days of one symbol again:

        tidemark flows run rollup/everything start=2026-11-01 end=2026-11-03 symbols='["BTCUSDT"]'
    """
    options = [part for one in parameters for part in ("--param", one)]
    _prefect(read_settings(), "deployment", "run", deployment, *options, "--watch")


def _prefect(settings: Settings, *arguments: str) -> None:
    """Run Prefect's own command line on the stack's server; its exit code is ours."""
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        env={**os.environ, **settings.flow_environment()},
        check=False,
    )
    if done.returncode:
        sys.exit(done.returncode)
