"""`tidemark down`: stop the local stack."""

import click

from stack import pipeline
from stack.console import Console
from stack.settings import read_settings
from stack.stack import Stack


@click.command("down")
@click.option("--wipe", is_flag=True, help="Remove all data as well.")
def command(*, wipe: bool) -> None:
    """Stop the local stack and everything that runs beside it; data is kept.

    Running jobs are stopped with a savepoint first, from which they resume.
    """
    settings, console = read_settings(), Console()
    Stack(settings, console).down(
        wipe=wipe, before=lambda: None if wipe else pipeline.stop_jobs(settings, console.line)
    )
    console.line(f"down; {'all data removed' if wipe else f'data are in {settings.home}'}")
