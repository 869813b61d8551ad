"""The checkout holds together, nothing of one machine is in any file, and every ring runs."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from stack.artifacts import read_artifacts
from stack.jobs.package import JOBS, ON_DEMAND

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
MODULES_BESIDE_JOBS = {"projections", "__init__", "config", "ddl", "job", "statements", "upgrades"}

READY = ("-o", ".venv/.dev", "-o", ".venv-flink/.flink")
"""Environments that are taken as they are."""


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_every_job_is_a_module_with_its_own_statements() -> None:
    modules = {path.stem for path in (ROOT / "flink_jobs").glob("*.py")} - MODULES_BESIDE_JOBS
    assert modules == {*JOBS, *ON_DEMAND}
    folders = {path.name for path in (ROOT / "sql" / "flink").iterdir()}
    # Job `bronze` only passes columns on: its statements follow from the dictionary.
    assert folders == modules - {"bronze"} | {"shared"}


def test_every_artifact_says_what_it_must_hold() -> None:
    sets = read_artifacts(ROOT / "deploy" / "local" / "artifacts.toml")
    for artifact in (one for found in sets.values() for one in found.artifacts):
        assert re.fullmatch(r"[0-9a-f]{64}", artifact.sha256), artifact
        assert artifact.size_bytes > 0


@pytest.mark.parametrize("name", ["flink", "lakehouse", "dev", "bench", "build", "uv"])
def test_every_requirement_is_pinned_with_its_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    pins = re.findall(r"^[A-Za-z0-9._\[\],-]+==\S+", text, flags=re.MULTILINE)
    assert pins
    assert text.count("--hash=sha256:") >= len(pins)


def test_our_import_names_are_ours_and_cannot_be_uploaded_by_mistake() -> None:
    assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]
    requirements = [
        line.split("==")[0]
        for path in (ROOT / "requirements").glob("*.txt")
        for line in path.read_text().splitlines()
    ]
    assert not set(PACKAGES) & set(requirements)
    assert all((ROOT / package / "__init__.py").is_file() for package in PACKAGES)


@pytest.mark.parametrize(
    "forbidden",
    [
        r"(?<![\w.])/(work|root|home)/",
        r"(repo1?\.maven(\.apache)?|pypi|files\.pythonhosted|registry\.npmjs|deb\.debian|proxy\.golang)\.org",
        r"--(extra-)?index-url|<(mirror|repository|pluginRepository)>|GOPROXY",
    ],
    ids=["a path of one machine", "a registry's address", "a registry to use"],
)
def test_no_tracked_file_holds(forbidden: str) -> None:
    pattern = re.compile(forbidden)
    found = []
    for path in tracked():
        if path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in pattern.finditer(text)]
    assert found == []


def run_rings(folder: Path, failing: str) -> tuple[int, list[str], str]:
    """Run `make test` with rings that only say their name; return code, rings and errors."""
    ring = folder / "ring"
    ring.write_text(f'#!/bin/sh\necho "ran $1"\ncase " {failing} " in *" $1 "*) exit 2;; esac\n')
    ring.chmod(0o755)
    done = subprocess.run(
        ["make", *READY, "test", f"MAKE={ring}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ran = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("ran ")]
    return done.returncode, ran, done.stderr


def test_a_ring_that_fails_hides_no_other(tmp_path: Path) -> None:
    code, ran, errors = run_rings(tmp_path, "test-unit test-stacked")
    assert code != 0
    assert ran[-2:] == ["test-growth", "speed"]
    assert "failed: test-unit test-stacked" in errors


def test_rings_that_all_pass_end_well(tmp_path: Path) -> None:
    code, ran, _ = run_rings(tmp_path, "")
    assert code == 0
    rings = {name.removeprefix("test-") for name in ran if name != "test-stacked"}
    rings |= folders_of("test-stacked")
    folders = (ROOT / "tests").iterdir()
    tests = {path.name for path in folders if any(path.glob("**/test_*.py"))}
    assert tests - rings == {"proofs"}  # long by nature: `make proofs` runs them


def folders_of(target: str) -> set[str]:
    """Return the folders of tests that a target names."""
    command = ["make", "-n", *READY, target]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r" tests/(\w+)", said))
