"""What the documents say exists, exists."""

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from market.dictionary.tables import TABLES
from market.dictionary.topics import TOPICS
from tidemark.cli import COMMANDS
from tidemark.commands.docs import PAGES as DERIVED
from tidemark.data_dictionary import render

if TYPE_CHECKING:
    from market.dictionary.schemas import Table, Topic

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", text, flags=re.MULTILINE))
    benchmarks = {f"bench-{run.parent.name}" for run in (ROOT / "benchmarks").glob("*/run")}
    return targets | benchmarks


@pages
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    code = " ".join(re.findall(r"```.*?```|`[^`]+`", page.read_text(), flags=re.DOTALL))
    named = set(re.findall(r"\bmake ([a-z][a-z0-9-]+)", code))
    assert named <= make_targets(), named - make_targets()


@pages
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    code = " ".join(re.findall(r"```.*?```|`[^`]+`", page.read_text(), flags=re.DOTALL))
    named = set(re.findall(r"\btidemark ([a-z]+)\b", code))
    assert named <= set(COMMANDS), named - set(COMMANDS)


@pages
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`([a-z_]+/[A-Za-z0-9_./-]*)`", page.read_text())
    paths = [name for name in named if name.split("/")[0] in FOLDERS]
    missing = [name for name in paths if not (ROOT / name).exists()]
    assert not missing


@pages
def test_every_link_inside_the_project_resolves(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


@pytest.mark.parametrize("page", DERIVED)
def test_a_derived_page_is_what_the_code_says(page: str) -> None:
    assert (ROOT / page).read_text() == DERIVED[page](), "run `tidemark docs`"


def test_the_data_dictionary_leaves_nothing_out() -> None:
    page = render()
    assert all(f"### `{name}`" in page for name in TOPICS)
    assert all(f"### `{table.layer}.{table.name}`" in page for table in TABLES.values())
    owners: list[Topic | Table] = [*TOPICS.values(), *TABLES.values()]
    for owner in owners:
        assert owner.description in page
        assert all(f"| `{field.name}` | " in page for field in owner.fields)


def test_decisions_are_numbered_once_each() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")]
    assert len(numbers) == len(set(numbers))
    for path in (ROOT / "docs" / "adr").glob("*.md"):
        first = path.read_text().splitlines()[0]
        assert first.startswith(f"# {int(path.name[:4])}. "), first


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_itself(name: str) -> None:
    command = [".venv/bin/python", "-m", "tidemark", name, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) > 3


@pytest.mark.parametrize("module", ["simulator", "connectors"])
def test_every_program_teaches_itself(module: str) -> None:
    command = [".venv/bin/python", "-m", module, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) > 10
