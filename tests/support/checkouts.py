"""Copies of this checkout that a test may change: sources copied, all that is built linked."""

import shutil
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: tuple[str, ...] = tuple(
    _PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
)
_LINKED = ("deploy", ".venv", ".venv-flink", "java", "pyproject.toml")


def copy_checkout(folder: Path) -> Path:
    """Copy the packages into a folder, link the rest beside them, and return the folder."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=shutil.ignore_patterns("__pycache__"),
            dirs_exist_ok=True,
        )
    for link in _LINKED:
        (folder / link).symlink_to((ROOT / link).resolve())
    return folder
