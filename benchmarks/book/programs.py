"""This package's programs as processes, each in the environment that it needs."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.candles.errors import BenchmarkError

PROJECT, BENCH = ".venv", ".venv-bench"
_STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Programs:
    """Starts programs and returns the last line that they print."""

    root: Path

    def command(self, environment: str, module: str, *arguments: str) -> list[str]:
        """Return a program's command line."""
        python = self.root / environment / "bin" / "python"
        return [str(python), "-m", f"benchmarks.book.{module}", *arguments]

    def run(self, environment: str, module: str, *arguments: str) -> str:
        """Run a program to its end.

        Raises:
            BenchmarkError: it failed.
        """
        done = subprocess.run(
            self.command(environment, module, *arguments),
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchmarkError(f"{module}: expected exit status 0, found {done.returncode}")
        return done.stdout.splitlines()[-1] if done.stdout else ""


@contextmanager
def beside(
    command: Sequence[str], root: Path, environment: dict[str, str], log: str
) -> Iterator[None]:
    """Run a program beside us."""
    with (root / "build" / "bench" / log).open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
        if process.poll() is not None:
            raise BenchmarkError(f"{command[2]}: ended with {process.returncode}; see {log}")
    finally:
        process.terminate()
        process.wait(_STOP_S)
