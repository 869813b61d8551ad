"""`python -m flows.worker ARGUMENTS`: Prefect's worker, which no run outlives.

Prefect's own worker leaves runs behind: asked to stop, it waits for them; killed, they outlive it.
This one ends the runs that a former worker left, reports them to the server, and then runs
Prefect's worker with the arguments. Asked to stop, it ends the runs while the server still listens.
"""

import os
import signal
import subprocess
import sys
import threading

from flows.run_processes import WORKER, carried_runs, end, workers

_RUNS_END_WITHIN_S = 8.0
"""A run that is asked to stop needs at most this long to report it to the server."""

_WORKER_ENDS_WITHIN_S = 5.0
_POLL_S = 1.0


def main() -> None:
    """Run a worker until SIGTERM or SIGINT, and end with its exit code."""
    api_url = os.environ["PREFECT_API_URL"]
    end(workers(api_url), _WORKER_ENDS_WITHIN_S)
    _end_runs(api_url)
    # A session of its own, so that a signal for this process's group does not reach it twice.
    worker = subprocess.Popen([sys.executable, *WORKER, *sys.argv[1:]], start_new_session=True)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while worker.poll() is None and not stopping.wait(_POLL_S):
        """Nothing to do while it runs."""
    # On SIGTERM the worker waits for its runs, so they are ended meanwhile.
    worker.terminate()
    end(carried_runs(api_url), _RUNS_END_WITHIN_S)
    end([worker.pid], _WORKER_ENDS_WITHIN_S)
    _end_runs(api_url)
    sys.exit(max(worker.wait(), 0))


def _end_runs(api_url: str) -> None:
    """End every run's process, and set the runs that the server still holds active to Crashed."""
    end(carried_runs(api_url), _RUNS_END_WITHIN_S)
    subprocess.run([sys.executable, "-m", "flows.orphan_runs"], check=False)


if __name__ == "__main__":
    main()
