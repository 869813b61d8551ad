"""Orphans: processes of a stack whose supervisor is gone.

Everything that runs under a stack's supervisor inherits one variable with the stack's home. When
the supervisor itself dies, that mark identifies what it left behind, whatever became of its
children's ids meanwhile.
"""

import os
from pathlib import Path

import psutil

MARK = "TIDEMARK_SUPERVISED_HOME"
"""Environment variable that every process of a stack carries."""


def find_marked(home: Path) -> list[psutil.Process]:
    """Return this user's processes of the stack at `home`, without this one and its ancestors."""
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in mine and _mark(process) == str(home)
    ]


def _mark(process: psutil.Process) -> str | None:
    """Return a process's mark; that of another user's or a dead process is unknown."""
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def end_marked(home: Path, grace_s: float = 10) -> list[int]:
    """End what is still running of the stack at `home`.

    Args:
        home: the stack's home.
        grace_s: seconds between SIGTERM and SIGKILL.

    Returns:
        The ids of the processes that were found.
    """
    found = find_marked(home)
    for process in found:
        _signal(process, polite=True)
    _, alive = psutil.wait_procs(found, timeout=grace_s)
    for process in alive:
        _signal(process, polite=False)
    psutil.wait_procs(alive, timeout=grace_s)
    return [process.pid for process in found]


def _signal(process: psutil.Process, *, polite: bool) -> None:
    try:
        process.terminate() if polite else process.kill()
    except psutil.NoSuchProcess:
        return
