"""`tidemark down`: stop the local stack."""

import click

from tidemark.settings import read_settings
from tidemark.stack.console import Console
from tidemark.stack.stack import Stack


@click.command("down")
@click.option("--wipe", is_flag=True, help="Remove all data as well.")
def command(*, wipe: bool) -> None:
    """Stop the local stack and everything that runs beside it; data stay."""
    settings = read_settings()
    Stack(settings).down(wipe=wipe)
    Console().line(f"down; {'all data removed' if wipe else f'data are in {settings.home}'}")
