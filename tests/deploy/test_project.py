"""The checkout holds together: jars, jobs, names, and nothing of one machine in any file."""

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
