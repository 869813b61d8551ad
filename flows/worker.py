"""`python -m flows.worker ARGUMENTS`: Prefect's worker, with no run before it and none after it.

Prefect's worker leaves runs behind: told to stop, it waits for them, and killed, it is outlived by
them. This one ends what a former worker left, tells the server, and then runs Prefect's with the
arguments; told to stop, it ends the runs while the server still listens.
"""

import os
import signal
import subprocess
import sys
import threading

from flows.run_processes import WORKER, carried_runs, end, workers

_RUNS_END_WITHIN_S = 8.0
"""A run that is told to stop needs so long at most to say so to the server."""

_WORKER_ENDS_WITHIN_S = 5.0
_LOOKS_EACH_S = 1.0


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
    while worker.poll() is None and not stopping.wait(_LOOKS_EACH_S):
        """Nothing to do while it runs."""
    # It would wait for its runs: they are ended beside it.
    worker.terminate()
    end(carried_runs(api_url), _RUNS_END_WITHIN_S)
    end([worker.pid], _WORKER_ENDS_WITHIN_S)
    _end_runs(api_url)
    sys.exit(max(worker.wait(), 0))


def _end_runs(api_url: str) -> None:
    """End every process that carries a run, and tell the server of all that it calls active."""
    end(carried_runs(api_url), _RUNS_END_WITHIN_S)
    subprocess.run([sys.executable, "-m", "flows.orphan_runs"], check=False)


if __name__ == "__main__":
    main()
