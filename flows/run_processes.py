"""The processes of a Prefect worker on this machine: the worker's own and those of its runs.

Nothing here imports Prefect, because the process that supervises a worker lives as long as the
stack.
"""

import signal
from collections.abc import Iterable, Iterator
from uuid import UUID

import psutil

_RUN_ID = "PREFECT__FLOW_RUN_ID"
"""The variable in which a worker gives a process the id of its run."""

WORKER = ("-m", "prefect", "worker", "start")
"""Python's arguments in the command line of a worker."""


def carried_runs(api_url: str) -> dict[int, UUID]:
    """Return the ids of a server's runs, by the id of the process that carries each.

    Args:
        api_url: of the server, as the processes' environment names it.
    """
    return {
        process.pid: UUID(environment[_RUN_ID])
        for process, environment in _processes(api_url)
        if environment.get(_RUN_ID)
    }


def workers(api_url: str) -> list[int]:
    """Return the process ids of a server's workers."""
    return [process.pid for process, _ in _processes(api_url) if _is_worker(process)]


def _processes(api_url: str) -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """Yield this user's processes whose environment names a server, with that environment."""
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        if environment.get("PREFECT_API_URL") == api_url:
            yield process, environment


def _is_worker(process: psutil.Process) -> bool:
    try:
        return tuple(process.cmdline()[1 : 1 + len(WORKER)]) == WORKER
    except psutil.Error:
        return False


def end(pids: Iterable[int], within_s: float) -> None:
    """Ask processes to end, and kill those that have not within some seconds."""
    asked = [process for pid in pids if (process := _signal(pid, signal.SIGTERM))]
    _, alive = psutil.wait_procs(asked, timeout=within_s)
    for process in alive:
        _signal(process.pid, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=within_s)


def _signal(pid: int, number: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return None
    return process
