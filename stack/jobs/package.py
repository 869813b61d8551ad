"""One jar per job, to submit by upload and click: the launcher with our Python packages inside.

Nothing of a deployment is baked in: addresses come from the JobManager's environment.
"""

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from market.errors import TidemarkError

OF_TRADES = ("candles", "bronze")
JOBS = (*OF_TRADES, "liquidity")
"""Every job that runs all the time, in the order of their start."""

ON_DEMAND = ("recompute",)
"""Batch jobs, which a flow submits."""

_PACKAGES = ("market", "flink_jobs", "sql", "stores")
_SUFFIXES = (".py", ".sql")
_FIXED_TIME = (2020, 1, 1, 0, 0, 0)
"""Makes a jar depend on its content only."""


class PackageError(TidemarkError):
    """A job's jar cannot be built."""


def _sources(root: Path) -> Iterator[Path]:
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in _SUFFIXES:
                yield path


def _python_archive(root: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _sources(root):
            name = path.relative_to(root).as_posix()
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), path.read_bytes())
    return buffer.getvalue()


def package_job(job: str, root: Path, launcher: Path, directory: Path) -> Path:
    """Build a job's jar and return its path.

    Args:
        job: one of `JOBS` or `ON_DEMAND`.
        root: of the checkout, which holds the Python packages.
        launcher: the launcher jar that Maven built.
        directory: where the jar goes; created when missing.

    Raises:
        PackageError: no such job, or the launcher was not built.
    """
    if job not in (*JOBS, *ON_DEMAND):
        known = ", ".join((*JOBS, *ON_DEMAND))
        raise PackageError(f"job {job!r}: expected one of {known}")
    if not launcher.is_file():
        raise PackageError(f"{launcher}: expected the launcher jar, found none; run `make jobs`")
    directory.mkdir(parents=True, exist_ok=True)
    jar = directory / f"{job}.jar"
    shutil.copyfile(launcher, jar)
    with zipfile.ZipFile(jar, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("job.zip", _FIXED_TIME), _python_archive(root))
        properties = f"module=flink_jobs.{job}\n"
        archive.writestr(zipfile.ZipInfo("job.properties", _FIXED_TIME), properties)
    return jar
