"""`tidemark up`: start the local stack."""

import sys
import time

import click

from stack.console import Console
from stack.settings import read_settings
from stack.stack import Stack


@click.command("up")
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
def command(services: tuple[str, ...]) -> None:
    """Start the local stack, or some of its services with those that they need.

    Returns when everything is ready. Ctrl-C stops what was started so far.
    """
    console = Console()
    started = time.monotonic()
    try:
        Stack(read_settings(), console).up(services)
    except KeyboardInterrupt:
        console.line("interrupted: what was started has been stopped")
        sys.exit(130)
    console.line(f"up in {time.monotonic() - started:.1f} s")
