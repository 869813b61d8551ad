"""`tidemark lake`: migrate the lake by hand."""

from pathlib import Path

import click

from iceberg.frozen import freeze, to_text
from market.dictionary.tables import table
from stack import pipeline
from stack.flow_process import schedule_flows
from stack.settings import read_settings
from stack.stack import Stack


@click.group("lake")
def command() -> None:
    """Create the lake's tables, and the topics, collections and views beside them."""


@command.command("migrate")
def migrate() -> None:
    """Run the numbered migrations that are pending; safe to run again.

    Topics, MongoDB collections with their Trino types, and the Trino views are created as well, and
    the flows are registered with Prefect.
    """
    settings = read_settings()
    Stack(settings).require()
    pipeline.make_ready(settings, click.echo)
    pipeline.make_views(settings, click.echo)
    schedule_flows(settings, click.echo)


@command.command("freeze")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("tables", metavar="TABLE...", nargs=-1, required=True)
@click.option("--name", required=True, help="What the migration does, in a few words.")
def freeze_tables(file: Path, tables: tuple[str, ...], name: str) -> None:
    """Write a migration that creates tables as the dictionary declares them today.

    FILE is the next number, such as iceberg/migrations/m0008_mark_prices.json. It is written once,
    with the change that adds the tables; a later change of columns is a migration of its own.
    """
    if file.exists():
        raise click.ClickException(
            f"{file}: expected a new file, found one; a migration is never changed, add another"
        )
    file.write_text(to_text(name, [freeze(table(one)) for one in tables]), encoding="utf-8")
    click.echo(f"written: {file}")
