"""`tidemark logs`: what a service printed."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from stack.settings import read_settings
from stack.stack import Stack, UnknownServiceError

_POLL_S = 0.3


@click.command("logs")
@click.argument("service")
@click.option("-f", "--follow", is_flag=True, help="Follow the log until Ctrl-C.")
@click.option("-n", "--lines", default=100, show_default=True, help="How many lines from the end.")
def command(service: str, *, follow: bool, lines: int) -> None:
    """Show the last lines that a service, or a program beside it, printed."""
    stack = Stack(read_settings())
    log = stack.supervisor.log(service)
    if not log.exists():
        known = sorted(path.stem for path in log.parent.glob("*.log")) or ["nothing yet"]
        raise UnknownServiceError(f"logs of {service!r}: expected one of {', '.join(known)}")
    with log.open(errors="replace") as file:
        for line in file.readlines()[-lines:] if lines else ():
            click.echo(line, nl=False)
        for line in _following(log, file) if follow else ():
            click.echo(line, nl=False)


def _following(log: Path, file: TextIO) -> Iterator[str]:
    """Yield what is written to a log from now on, even after its rotation."""
    while True:
        if line := file.readline():
            yield line
        elif log.exists() and log.stat().st_size < file.tell():
            file.seek(0)
        else:
            time.sleep(_POLL_S)
