"""`tidemark lake`: what is done to the lake by hand."""

import click

from stack import pipeline
from stack.scheduling import schedule_flows
from stack.settings import read_settings
from stack.stack import Stack


@click.group("lake")
def command() -> None:
    """Make the lake's tables, and the topics, collections and views beside them."""


@command.command("migrate")
def migrate() -> None:
    """Run the numbered migrations that are pending; safe to run again.

    Topics, MongoDB collections with their Trino types, and the Trino views are made as well, and
    Prefect is told which flows run by themselves.
    """
    settings = read_settings()
    Stack(settings).require()
    pipeline.make_ready(settings, click.echo)
    pipeline.make_views(settings, click.echo)
    schedule_flows(settings, click.echo)
