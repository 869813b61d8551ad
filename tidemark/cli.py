"""The command line's root: which commands there are, and how an error is shown.

A command is a module of `tidemark.commands` with a click command named `command`; it is
imported only when it is used, so that `tidemark --help` needs little.
"""

import signal
from importlib import import_module

import click

from market.errors import TidemarkError

COMMANDS = {
    "up": "Start the local stack, or some of its services.",
    "status": "Show the status of every service.",
    "logs": "Show what a service printed.",
    "down": "Stop the local stack.",
    "demo": "Run everything on a simulated, recorded or live market and watch it.",
    "jobs": "Package, submit, list and stop the Flink jobs.",
    "lake": "Create the lake's tables and what belongs to them.",
    "flows": "Schedule, list and run the Prefect flows.",
    "sql": "Run a statement on Trino.",
    "docs": "Write the pages that are derived from the code.",
    "verify": "Prove that every store holds exactly what a capture leads to.",
}
"""Each command with its line of help, in the order in which help shows them."""


class CommandList(click.Group):
    """The commands of `COMMANDS`, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the list."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, if there is one."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"tidemark.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error of ours is a message and exit code 1, not a traceback."""
        try:
            return super().invoke(ctx)
        except TidemarkError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=CommandList, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tidemark: market analytics where every row says how complete it is."""
    # A signal to end acts like Ctrl-C: the command stops what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
