"""The tests that a change touches: `make test-affected`.

A rule maps folders of the sources to rings and folders of tests. It errs on the side of more: what
no rule knows runs everything that needs no stack.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable

from tests.support.checkouts import ROOT

RINGS = ("unit", "property", "contract", "integration", "e2e", "deploy", "docs", "growth", "proofs")
_FAST = ("tests/unit", "tests/property", "tests/contract", "tests/deploy", "tests/docs")
_PIPELINE = ("tests/integration/test_verify.py", "tests/integration/known_market/test_liquidity.py")
_FLOWS = ("tests/unit/flows", "tests/integration/flows")
_STACK = ("tests/unit/stack", "tests/deploy", "tests/integration/test_stack.py")
_UPGRADE = "tests/integration/test_upgrade.py"
_CORRECTION = "tests/integration/flows/test_correction.py"

RULES: dict[str, tuple[str, ...]] = {
    "docs/": ("tests/docs",),
    "market/": ("tests/unit", "tests/property", "tests/contract", *_PIPELINE, "tests/growth"),
    "connectors/": (
        "tests/unit/connectors",
        "tests/property",
        "tests/contract/connectors",
        "tests/integration/connectors",
        "tests/growth",
    ),
    "simulator/": (
        "tests/unit/simulator",
        "tests/property/simulator",
        "tests/contract/simulator",
    ),
    "flink_jobs/": ("tests/unit/flink_jobs", *_PIPELINE, _UPGRADE),
    "sql/flink/": ("tests/unit/flink_jobs", *_PIPELINE, _CORRECTION),
    "java/": _PIPELINE,
    "sql/views/": ("tests/integration/known_market/test_queries.py",),
    "flows/": _FLOWS,
    "sql/flows/": _FLOWS,
    "iceberg/": (
        "tests/unit/iceberg",
        "tests/integration/test_lake.py",
        "tests/integration/flows/test_maintenance.py",
    ),
    "expectations/": ("tests/unit/expectations", "tests/integration/flows/test_quality.py"),
    "stores/": ("tests/unit", *_PIPELINE, "tests/integration/flows"),
    "stack/": _STACK,
    "deploy/": _STACK,
    "verify/": ("tests/unit/verify", "tests/property/verify", "tests/integration/test_verify.py"),
    "tidemark/": ("tests/unit/tidemark", "tests/docs", "tests/e2e"),
}
"""Tests by the beginning of a path."""


def affected(paths: Iterable[str]) -> list[str]:
    """Return the tests that changed paths touch, in the order of their rings; no test twice."""
    found: set[str] = set()
    for path in paths:
        if path.endswith(".md"):
            found.add("tests/docs")
        elif path.startswith("tests/"):
            found.add(path if "/test_" in path else path.rpartition("/")[0])
        else:
            rules = [tests for start, tests in RULES.items() if path.startswith(start)]
            found.update(*rules) if rules else found.update(_FAST)
    if shared := found & {"tests", "tests/support"}:  # any test may use them
        found = found - shared | set(_FAST)
    inner = {one for one in found for outer in found if one.startswith(f"{outer}/")}
    return sorted((one for one in found - inner if (ROOT / one).exists()), key=_place)


def _place(test: str) -> tuple[int, str]:
    """Return where a test stands in the order of the rings."""
    return RINGS.index(test.split("/")[1]), test


def _changed(base: str) -> list[str]:
    """Return the paths that differ from where this branch left a base, committed or not."""
    command = ["git", "merge-base", base, "HEAD"]
    fork = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if fork.returncode:
        sys.exit(f"test-affected: expected a commit or branch, found {base!r}; set BASE=...")
    commands = (
        ["git", "diff", "--name-only", fork.stdout.strip()],
        ["git", "ls-files", "--others", "--exclude-standard"],
    )
    texts = (
        subprocess.run(one, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for one in commands
    )
    return sorted({name for text in texts for name in text.splitlines()})


def _fails(*target: str) -> bool:
    return subprocess.run(["make", *target], cwd=ROOT, check=False).returncode != 0


def main() -> None:
    """Run the affected tests by `make`, a ring each, so that each has its stack and settings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="main", help="branch or commit to compare with")
    parser.add_argument("--list", action="store_true", help="name the tests and run none")
    options = parser.parse_args()
    tests = affected(_changed(options.base))
    sys.stdout.write("".join(f"{one}\n" for one in tests) or "nothing is affected\n")
    if options.list or not tests:
        return
    rings = {ring: [one for one in tests if one.split("/")[1] == ring] for ring in RINGS[:-1]}
    targets = [["lint"], ["types"]]
    targets += [[f"test-{ring}", f"TESTS={' '.join(some)}"] for ring, some in rings.items() if some]
    failed = [
        one[0]
        for one in targets
        if subprocess.run(["make", *one], cwd=ROOT, check=False).returncode
    ]
    if failed:
        sys.exit(f"failed: {' '.join(failed)}")


if __name__ == "__main__":
    main()
