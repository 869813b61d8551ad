"""The random proof at length: seeds that must be green, and planted faults that must not be."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.pipelines import tidemark
from tests.support.planted_faults import PLANTS, plant
from tests.support.running_stack import RunningStack

SEEDS = range(1, 13)
_WITHIN_S = 1_100


def outcome(
    stack: RunningStack, *arguments: str, root: Path | None = None
) -> tuple[int, dict[str, Any], str]:
    """Run the proof; return its exit code, what it has found, and what it said meanwhile."""
    done = subprocess.run(
        [sys.executable, "-m", "tidemark", "verify", "--json", *arguments],
        cwd=root or stack.settings.root,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=_WITHIN_S,
        check=False,
    )
    assert done.stdout, done.stderr[-3_000:]
    return done.returncode, json.loads(done.stdout), done.stderr


def wrong(found: dict[str, Any]) -> list[str]:
    """Return all that was wrong."""
    kinds = ("false_trust", "unresolved", "unmarked_late", "lagging", "failures")
    return [one for kind in kinds for one in found[kind]]


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_seed_finds_a_row_that_claims_to_be_whole_and_is_not(
    stack: RunningStack, seed: int
) -> None:
    code, found, _ = outcome(stack, "--chaos", str(seed))
    assert wrong(found) == []
    assert code == 0


@pytest.mark.timeout(1_200)
def test_cuts_and_slow_answers_over_24_symbols_leave_no_false_row(stack: RunningStack) -> None:
    only = ("--only", "cut,cut_one,rest_slow", "--minutes", "5")
    code, found, _ = outcome(stack, "--chaos", "24", "--symbols", "24", *only)
    assert wrong(found) == []
    assert code == 0


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_found_and_its_seed_is_named(
    stack: RunningStack, tmp_path: Path, name: str
) -> None:
    root = plant(name, tmp_path)
    only = ("--only", PLANTS[name].only, "--symbols", "8", "--minutes", "1.2")
    seed = PLANTS[name].seed
    code, found, said = outcome(stack, "--chaos", str(seed), *only, root=root)
    assert wrong(found) != []
    assert (code, found["seed"]) == (1, seed)
    assert f"seed {seed}" in said


def test_the_stack_is_well_after_all(stack: RunningStack) -> None:
    assert tidemark(stack, "status").returncode == 0
