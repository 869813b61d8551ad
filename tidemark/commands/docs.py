"""`tidemark docs`: write the pages that are derived from the code."""

import click

from stack.settings import read_settings
from tidemark.data_dictionary import PAGE, render


@click.command("docs")
def command() -> None:
    """Write docs/data_dictionary.md from the dictionaries of fields and tables."""
    page = read_settings().root / PAGE
    page.write_text(render(), encoding="utf-8")
    click.echo(f"written: {PAGE}")
