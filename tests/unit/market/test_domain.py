"""What may not be in the domain, wherever a module of it stands."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted(path for path in (ROOT / "market").rglob("*.py") if path.stem != "__init__")


def test_the_domain_needs_nothing_but_the_standard_library() -> None:
    names = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in MODULES
    ]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + "\n".join(
        f"import {name}" for name in names
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_domain_reads_no_clock(path: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert not imported & {"time", "datetime", "socket", "os", "random", "threading"}
