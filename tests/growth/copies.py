"""A copy of the project in which something is added, with a count of the files that it takes."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.checkouts import ROOT, copy_checkout

TEMPLATES = Path(__file__).parent / "templates"
_COPIED = ("tests", "docs")
_LINKED = ("Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "requirements")


class Copy:
    """A checkout to add something to.

    Args:
        folder: empty.

    Attributes:
        touched: every file that was added or changed, relative to the checkout.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = copy_checkout(folder)
        self.touched: set[str] = set()
        for name in _COPIED:
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in _LINKED:
            (folder / name).symlink_to(ROOT / name)

    def add(self, path: str, template: str) -> None:
        """Add a file; where its folder is a new package, that is made one as well."""
        self._write(path, (TEMPLATES / template).read_text(encoding="utf-8"))
        package = Path(path).parent / "__init__.py"
        if path.endswith(".py") and not (self.folder / package).exists():
            self._write(str(package), f'"""{package.parent.name.capitalize()}."""\n')

    def insert(self, path: str, before: str, text: str) -> None:
        """Insert text before the only place where another one stands.

        Raises:
            ValueError: that text is not there, or several times.
        """
        file = self.folder / path
        old = file.read_text(encoding="utf-8")
        if old.count(before) != 1:
            raise ValueError(
                f"{path}: expected {before!r} once, found it {old.count(before)} times; follow it"
            )
        self._write(path, old.replace(before, text + before))

    def run(self, *command: str, makes: str = "") -> str:
        """Run a Python command in the copy and return what it printed.

        Args:
            command: of ``python``.
            makes: file that it writes.

        Raises:
            AssertionError: it failed; with its output.
        """
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4_000:]
        if makes:
            self.touched.add(makes)
        return done.stdout

    def _write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.touched.add(path)
