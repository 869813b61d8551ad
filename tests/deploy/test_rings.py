"""`make test` runs every ring, whatever one of them finds, and ends with those that failed."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY = ("-o", ".venv/.dev", "-o", ".venv-flink/.flink")
"""Environments that are taken as they are."""


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
