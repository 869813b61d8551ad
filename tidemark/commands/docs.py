"""`tidemark docs`: write the pages that are derived from the code."""

import click

from stack.settings import read_settings
from tidemark import data_dictionary, settings_page

PAGES = {one.PAGE: one.render for one in (data_dictionary, settings_page)}
"""What renders each page, by its path."""


@click.command("docs")
def command() -> None:
    """Write the pages of data and settings from the dictionaries and the catalogue."""
    for page, render in PAGES.items():
        (read_settings().root / page).write_text(render(), encoding="utf-8")
        click.echo(f"written: {page}")
