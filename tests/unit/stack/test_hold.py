"""One command at a time starts or stops a stack."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.hold import hold

HOLDING = """
import shutil, sys
from pathlib import Path
from stack.hold import hold
home = Path(sys.argv[1])
with hold(home, print):
    print("held", flush=True)
    sys.stdin.readline()
    if sys.argv[2] == "wipe":
        shutil.rmtree(home)
"""


@contextmanager
def another(home: Path, end: str = "leave") -> Iterator["subprocess.Popen[str]"]:
    """A process that holds a stack until it is written to."""
    command = [sys.executable, "-c", HOLDING, str(home), end]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.communicate("\n")


def let_go(process: "subprocess.Popen[str]") -> None:
    """Let the other process end while this one already waits."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_second_command_says_in_one_line_whom_it_waits_for(tmp_path: Path) -> None:
    said: list[str] = []
    with another(tmp_path) as process:

        def report(line: str) -> None:
            said.append(line)
            let_go(process)

        with hold(tmp_path, report):
            assert process.wait(10) == 0
    assert len(said) == 1
    assert f"(pid {process.pid})" in said[0]
    assert "waiting" in said[0]


def test_a_stack_that_nobody_holds_is_locked_silently(tmp_path: Path) -> None:
    for _ in range(2):
        with hold(tmp_path / "home", lambda line: os.abort()):
            assert (tmp_path / "home").is_dir()


def test_a_thread_of_the_holder_does_not_wait_for_it(tmp_path: Path) -> None:
    started = time.monotonic()
    with hold(tmp_path, print), hold(tmp_path, print):
        assert time.monotonic() - started < 5


def test_a_home_that_was_wiped_meanwhile_is_locked_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with another(home, "wipe") as process, hold(home, lambda _: let_go(process)):
        assert process.wait(10) == 0
        assert (home / "lock").exists()
    shutil.rmtree(home)
