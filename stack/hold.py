"""Let one command at a time start or stop a stack; another one says for whom it waits."""

import fcntl
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_NAME = "lock"

_mutex = threading.Lock()
_files: dict[Path, TextIO] = {}
"""Locks of this process, with how many of its threads hold each."""
_threads: Counter[Path] = Counter()


@contextmanager
def hold(home: Path, report: Callable[[str], None]) -> Iterator[None]:
    """Lock a stack against the commands of other processes, waiting for one that holds the lock.

    A second thread of the process that holds it does not wait: a command that ends may stop what it
    is still starting. Others wait until both are done.

    Args:
        home: the stack's.
        report: called with one line when there is something to wait for.
    """
    path = home / _NAME
    with _mutex:
        if not _threads[path]:
            _files[path] = _taken(path, report)
        _threads[path] += 1
    try:
        yield
    finally:
        with _mutex:
            _threads[path] -= 1
            if not _threads[path]:
                _files.pop(path).close()


def _taken(path: Path, report: Callable[[str], None]) -> TextIO:
    """Return a lock's file once this process holds the lock."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
        _lock(file, report)
        if _is_at(path, file):
            file.truncate(0)
            file.write(f"{os.getpid()} {' '.join(map(_short, sys.argv))}")
            file.flush()
            return file
        # The former holder has wiped the home, and this file with it.
        file.close()


def _lock(file: TextIO, report: Callable[[str], None]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        pid, _, command = file.read().partition(" ")
        report(f"`{command}` (pid {pid}) starts or stops this stack: waiting for its end")
        fcntl.flock(file, fcntl.LOCK_EX)


def _is_at(path: Path, file: TextIO) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False


def _short(argument: str) -> str:
    """Return `tidemark` for that program's path, and any other argument as it is."""
    return "tidemark" if argument.endswith(("/tidemark", "tidemark/__main__.py")) else argument
