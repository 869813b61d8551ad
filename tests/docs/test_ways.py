"""The ways on the page of the architecture are those of the code."""

import ast
import re

import pytest

from market.dictionary.tables import TABLES
from market.dictionary.topics import TOPICS
from tests.docs.test_pages import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
WAYS = {
    name: [
        re.sub(r"\s+", " ", step)
        for step in re.findall(r"^\d+\. (.+?)$(?=\n\d|\n\n)", text, flags=re.DOTALL | re.MULTILINE)
    ]
    for name, text in re.findall(
        r"^## The way of a (\w+)\n(.*?)(?=^## )", PAGE, flags=re.DOTALL | re.MULTILINE
    )
}
STORES = {
    *TOPICS,
    *(f"{name.partition('.')[0]}.<market>" for name in TOPICS if "." in name),
    *(f"{table.layer}.{table.name}" for table in TABLES.values()),
    "staging_<run>",
}
"""Where one process writes what another one reads."""

ways = pytest.mark.parametrize("way", WAYS)


def modules(step: str) -> list[str]:
    """Return the modules that a step names; the first is its stop."""
    return re.findall(r"`([a-z_/]+\.py)`", step)


def stops(way: str) -> list[str]:
    return [modules(step)[0] for step in WAYS[way]]


def stores(step: str) -> set[str]:
    return STORES.intersection(re.findall(r"`([^`]+)`", step))


def imports(module: str) -> dict[str, set[str]]:
    """Return the names that a module imports, by the path of the module that they are of."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse((ROOT / module).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            package = node.module.replace(".", "/")
            for alias in node.names:
                inner = f"{package}/{alias.name}.py"
                path = inner if (ROOT / inner).is_file() else f"{package}.py"
                found.setdefault(path, set()).add(alias.name)
    return found


def are_linked(one: str, other: str) -> bool:
    return other in imports(one) or one in imports(other)


def leads_on(way: str, number: int) -> bool:
    """Return whether the step before leads to this one.

    One imports what the other names, a stop further up calls both, or a store lies between them.
    """
    before, here = WAYS[way][number - 1], WAYS[way][number]
    return (
        any(are_linked(one, other) for one in modules(before) for other in modules(here))
        or any(
            {modules(before)[0], modules(here)[0]} <= imports(caller).keys()
            for caller in stops(way)[: number - 1]
        )
        or bool(stores(before) & stores(here))
    )


def test_the_page_has_the_ways() -> None:
    assert set(WAYS) == {"trade", "diff", "correction"}
    assert all(len(steps) == len(set(stops(way))) >= 5 for way, steps in WAYS.items())


@ways
def test_every_module_of_a_way_exists(way: str) -> None:
    named = [name for step in WAYS[way] for name in modules(step)]
    assert [name for name in named if not (ROOT / name).is_file()] == []


@ways
def test_every_step_leads_to_the_next(way: str) -> None:
    lost = [stops(way)[number] for number in range(1, len(WAYS[way])) if not leads_on(way, number)]
    assert lost == []


def test_a_correction_goes_one_way_and_is_short() -> None:
    way = stops("correction")
    assert len(way) <= 10
    called = {
        (one, name)
        for number, one in enumerate(way)
        for earlier in way[:number]
        for name in imports(one).get(earlier, ())
        if name.islower()
    }
    assert called == set(), "a stop uses a function of a stop above it"


def test_a_step_that_leads_nowhere_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ["`flows/shared/gold.py` rolls up", "`market/books/sync.py` joins"]
    monkeypatch.setitem(WAYS, "trade", steps)
    assert not leads_on("trade", 1)
