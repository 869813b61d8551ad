"""Commands, options, variables and queries in the documents are those of the code."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from flows.quality.views import view_of
from market.dictionary.fields import FIELDS
from market.dictionary.names import LIVE_DATABASE
from market.dictionary.tables import TABLES
from tests.docs.test_pages import PAGES, ROOT, pages
from tidemark.cli import COMMANDS, main

SQL_FUNCTIONS = {"count", "min", "max", "sum"}
COLUMNS_OF_VIEWS = {"store"}


def code(page: Path) -> str:
    """Return a page's code, spans and blocks, a line each."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", page.read_text(), flags=re.DOTALL))


def invocations(page: Path) -> Iterator[list[str]]:
    """Yield the words after `tidemark` up to an argument in quotes, and those of make's ARGS."""
    for words in re.findall(r"\btidemark (-?[a-z][^`\"|#\n]*)", code(page)):
        yield words.split()
    for target, words in re.findall(r"\bmake ([a-z]+) [^`\n]*ARGS=\"?([^`\"#\n]+)", code(page)):
        if target in COMMANDS:
            yield [target, *words.split()]


def unknown_word(words: list[str]) -> str | None:
    """Return the first word that is no command or option where it stands."""
    command: click.Command = main
    for word in words:
        context = click.Context(command, help_option_names=["-h", "--help"])
        if word.startswith("-"):
            options = {name for option in command.get_params(context) for name in option.opts}
            if word not in options:
                return word
        elif isinstance(command, click.Group):
            found = command.get_command(context, word)
            if found is None:
                return word
            command = found
    return None


@pages
def test_every_command_line_is_one_that_the_program_takes(page: Path) -> None:
    wrong = {" ".join(words): unknown_word(words) for words in invocations(page)}
    assert {line: word for line, word in wrong.items() if word} == {}


def test_a_command_line_that_the_program_does_not_take_is_noticed() -> None:
    assert unknown_word(["jobs", "submit", "--fresh"]) is None
    assert unknown_word(["jobs", "explode"]) == "explode"
    assert unknown_word(["down", "--gently"]) == "--gently"


@pytest.fixture(scope="module")
def sources() -> str:
    """All code and configuration of the checkout in one text."""
    kinds = ("*.py", "*.sql", "*.java", "*.yaml", "Makefile")
    listed = subprocess.run(
        ["git", "ls-files", "--", *kinds], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return "\n".join(path.read_text() for path in paths if path.is_file())


@pages
def test_every_variable_and_key_that_a_page_names_is_read_somewhere(
    page: Path, sources: str
) -> None:
    variables = set(re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", code(page)))
    keys = set(re.findall(r"`((?:[a-z]+\.){2,}[a-z]+)`", page.read_text()))
    relations = {f"{layer}.{name}" for layer, name in relations_of(page)}
    missing = [name for name in variables | keys if name not in sources]
    assert [name for name in missing if name.split(".", 1)[-1] not in relations] == []


def relations_of(page: Path) -> set[tuple[str, str]]:
    """Return the layers and names of all relations of a catalog that a page's code names."""
    return set(re.findall(r"\b(?:lake|live)\.([a-z]+)\.([a-z0-9_]+)", code(page)))


def existing_relations() -> set[tuple[str, str]]:
    """Return what the catalogs `lake` and `live` hold."""
    live = [table for table in TABLES.values() if table.live]
    return (
        {(table.layer, table.name) for table in TABLES.values()}
        | {(LIVE_DATABASE, table.name) for table in live}
        | {("views", table.name) for table in live}
        | {("ops", view_of(table)) for table in TABLES.values()}
    )


@pages
def test_every_query_reads_tables_and_columns_that_exist(page: Path) -> None:
    assert relations_of(page) <= existing_relations()
    for columns in re.findall(r"\bSELECT (.*?)\s+FROM\b", code(page), flags=re.DOTALL):
        names = set(re.findall(r"[a-z][a-z0-9_]*", columns)) - SQL_FUNCTIONS - COLUMNS_OF_VIEWS
        assert names <= set(FIELDS), names - set(FIELDS)


@pages
def test_no_page_speaks_of_its_own_making(page: Path) -> None:
    making = r"\b(assistants?|agents?|prompts?|co-?authored|as requested|was asked to)\b"
    assert re.findall(making, page.read_text(), flags=re.IGNORECASE) == []


def test_the_pages_hold_something_to_check() -> None:
    assert sum(len(list(invocations(page))) for page in PAGES) >= 10
    assert set().union(*(relations_of(page) for page in PAGES))
