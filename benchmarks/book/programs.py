"""What a part runs: the stack's services in a namespace of its own, and this package's programs."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import BenchmarkError
from market.dictionary.names import Namespace
from stack.settings import Settings, read_settings
from stack.stack import Stack

PROJECT, BENCH = ".venv", ".venv-bench"
_STOP_S = 10.0


def bench_settings() -> Settings:
    """Return the settings of the benchmark's stack, with a namespace of this run's own."""
    return replace(read_settings(), namespace=Namespace(f"bench_book_{os.getpid()}"))


@contextmanager
def running(settings: Settings, services: Sequence[str]) -> Iterator[Stack]:
    """Run a stack; one that did not run before is taken down and wiped afterwards."""
    stack = Stack(settings)
    ours = not stack.supervisor.is_alive()
    try:
        stack.up(services)
        yield stack
    finally:
        if ours:
            stack.down(wipe=True)


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


@dataclass(frozen=True, slots=True)
class Companion:
    """A program that runs beside us.

    Attributes:
        name: of its module.
        log: the file below ``build/bench`` that holds its output.
    """

    name: str
    log: str
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Do nothing while it runs.

        Raises:
            BenchmarkError: it has ended.
        """
        if self.process.poll() is not None:
            raise BenchmarkError(
                f"{self.name}: expected to run, found its end with status "
                f"{self.process.returncode}; see build/bench/{self.log}"
            )


@contextmanager
def beside(
    command: Sequence[str], root: Path, environment: dict[str, str], log: str
) -> Iterator[Companion]:
    """Run a program beside us, to the end of the context, which it must live to see."""
    with (root / "build" / "bench" / log).open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    companion = Companion(command[2], log, process)
    try:
        yield companion
        companion.check()
    finally:
        process.terminate()
        process.wait(_STOP_S)
