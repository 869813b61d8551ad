"""`tidemark sql`: one statement to Trino, its rows as a table, CSV or JSON lines."""

import csv
import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stack.settings import read_settings
from stores.trino import Result, query


def _text(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _as_table(result: Result) -> None:
    table = Table(*result.columns)
    for row in result.rows:
        table.add_row(*(escape(_text(value)) for value in row))
    console = Console(width=None if sys.stdout.isatty() else 250)
    console.print(table)
    console.print(f"{len(result.rows)} rows")


def _as_csv(result: Result) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(result.columns)
    writer.writerows(map(_text, row) for row in result.rows)


def _as_json(result: Result) -> None:
    for row in result.rows:
        click.echo(json.dumps(dict(zip(result.columns, row, strict=True)), default=_text))


_FORMATS: dict[str, Callable[[Result], None]] = {
    "table": _as_table,
    "csv": _as_csv,
    "json": _as_json,
}


@click.command("sql")
@click.argument("statement")
@click.option(
    "--format", "form", type=click.Choice(list(_FORMATS)), default="table", show_default=True
)
def command(statement: str, form: str) -> None:
    """Run STATEMENT on Trino and show its rows; `-` reads it from standard input.

    Catalogs: lake (Iceberg: bronze, silver, ops, views) and live (MongoDB: live). For instance:

        tidemark sql "SELECT * FROM lake.views.candles_1m ORDER BY window_start DESC LIMIT 5"
    """
    text = _read(sys.stdin) if statement == "-" else statement
    _FORMATS[form](query(read_settings().trino_url, text))


def _read(lines: Iterable[str]) -> str:
    return "".join(lines)
