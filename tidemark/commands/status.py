"""`tidemark status`: the status of every service."""

import json
import sys
from dataclasses import asdict

import click

from stack.settings import read_settings
from stack.stack import Stack, Status


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def command(*, as_json: bool) -> None:
    """Show the status of every service; the exit code is 1 unless all are healthy."""
    statuses = Stack(read_settings()).status()
    if as_json:
        click.echo(json.dumps([asdict(status) for status in statuses], indent=2))
    else:
        click.echo("\n".join(_line(status) for status in statuses))
    if not all(status.is_healthy for status in statuses):
        sys.exit(1)


def _line(status: Status) -> str:
    columns = f"{status.name:<16}{status.state:<10}"
    if status.pid:
        columns += f"pid {status.pid:<9}{status.uptime_s:>6} s{status.memory_mb:>7} MB"
    else:
        columns += " " * 31
    return f"{columns}   {status.address}".rstrip()
