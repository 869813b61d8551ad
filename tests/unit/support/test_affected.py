"""What `make test-affected` chooses, and faults that are planted in a copy."""

from pathlib import Path

import pytest

from tests.support.affected import RULES, affected
from tests.support.checkouts import PACKAGES, ROOT
from tests.support.planted_faults import PLANTS, plant


def test_every_test_that_a_rule_names_exists() -> None:
    named = {one for tests in RULES.values() for one in tests}
    assert [one for one in sorted(named) if not (ROOT / one).exists()] == []


def test_every_package_has_a_rule() -> None:
    starts = {start.partition("/")[0] for start in RULES}
    assert set(PACKAGES) <= starts


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("README.md", "tests/docs"),
        ("flows/repair/flow.py", "tests/integration/flows"),
        ("tests/unit/market/test_domain.py", "tests/unit/market/test_domain.py"),
        ("tests/integration/flows/silver.py", "tests/integration/flows"),
        ("pyproject.toml", "tests/unit"),
        ("tests/support/connector_doubles.py", "tests/contract"),
    ],
)
def test_a_change_runs_the_tests_of_its_folder(path: str, test: str) -> None:
    assert test in affected([path])


def test_rings_come_in_their_order_and_no_test_comes_twice() -> None:
    found = affected(["market/errors.py", "tests/unit/market/test_domain.py", "flows/run.py"])
    assert found[:3] == ["tests/unit", "tests/property", "tests/contract"]
    assert "tests/unit/market/test_domain.py" not in found


def test_nothing_changed_is_nothing_to_run() -> None:
    assert affected([]) == []


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_changes_one_file_of_a_copy(name: str, tmp_path: Path) -> None:
    folder = plant(name, tmp_path)
    planted = PLANTS[name]
    assert (folder / planted.path).read_text() != (ROOT / planted.path).read_text()
    assert (folder / "sql/flink/candles/candles.sql").read_text() == (
        ROOT / "sql/flink/candles/candles.sql"
    ).read_text()
    assert (folder / "java").is_dir()
