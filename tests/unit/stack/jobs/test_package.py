"""A job's jar holds the launcher, the Python packages and nothing of a deployment."""

import io
import zipfile
from pathlib import Path

import pytest

from stack.jobs.package import JOBS, ON_DEMAND, PackageError, package_job

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    jar = tmp_path / "launcher.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Main-Class: dev.tidemark.Launcher\n")
    return jar


@pytest.mark.parametrize("job", [*JOBS, *ON_DEMAND])
def test_a_jar_names_its_module_and_carries_its_packages(
    job: str, launcher: Path, tmp_path: Path
) -> None:
    jar = package_job(job, ROOT, launcher, tmp_path / "jobs")
    with zipfile.ZipFile(jar) as archive:
        assert archive.read("job.properties").decode() == f"module=flink_jobs.{job}\n"
        assert "META-INF/MANIFEST.MF" in archive.namelist()
        python = zipfile.ZipFile(io.BytesIO(archive.read("job.zip")))
    names = set(python.namelist())
    assert {f"flink_jobs/{job}.py", "market/dictionary/tables.py", "sql/__init__.py"} <= names
    folders = {name.split("/")[2] for name in names if name.startswith("sql/flink/")}
    assert {"shared", "candles", "liquidity", "recompute"} <= folders
    assert not any(name.startswith(("tests/", "connectors/", "tidemark/")) for name in names)


def test_a_jar_depends_on_nothing_but_its_sources(launcher: Path, tmp_path: Path) -> None:
    first = package_job("candles", ROOT, launcher, tmp_path / "one").read_bytes()
    second = package_job("candles", ROOT, launcher, tmp_path / "two").read_bytes()
    assert first == second


def test_an_unknown_job_is_refused_with_the_known_ones(launcher: Path, tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="candles, bronze, liquidity, recompute"):
        package_job("vwap", ROOT, launcher, tmp_path)


def test_a_launcher_that_was_not_built_is_an_error_that_says_how(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="make jobs"):
        package_job("candles", ROOT, tmp_path / "none.jar", tmp_path)
