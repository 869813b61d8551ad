"""Carry out a plan: the exchange's faults at their instants, kills, and jobs to submit again.

After a JobManager was killed, its jobs are submitted again, as the runbook says.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from market.errors import TidemarkError
from stack import pipeline
from stack.jobs.package import JOBS
from stack.settings import Settings
from stack.supervisor import Supervisor
from stores.flink import Cluster
from verify.chaos.market import Market
from verify.chaos.plan import Fault, Kind, Plan
from verify.replay import CONNECTOR
from verify.replay_plan import ReplayError

Report = Callable[[str], None]

_POLL_S = 2.0
_MISSING_POLLS = 3
"""A JobManager that has just come back may not know its jobs yet."""


def carry_out(settings: Settings, plan: Plan, market: Market, report: Report) -> None:
    """Cause every planned fault, and return at the plan's end with all faults cleared.

    Raises:
        ReplayError: the simulator is gone, or a process to kill was never there.
    """
    supervisor = Supervisor(settings.home)
    for fault in sorted(plan.faults, key=lambda fault: fault.at_s):
        _sleep_until(market.started_s + fault.at_s)
        if fault.kind is Kind.KILL:
            report(f"fault {fault} (pid {_kill(supervisor, fault)})")
        else:
            market.strike(fault)
            report(f"fault {fault}")
    _sleep_until(market.started_s + plan.minutes * 60)
    market.end_faults()
    report("faults: all cleared")


def _sleep_until(instant_s: float) -> None:
    time.sleep(max(0.0, instant_s - time.monotonic()))


def _kill(supervisor: Supervisor, fault: Fault) -> str:
    """Kill a process; one that was killed just before may have none now."""
    name = CONNECTOR if fault.target == "connector" else fault.target
    processes = supervisor.processes()
    if name not in processes:
        raise ReplayError(f"kill {fault.target}: expected a process of {name}, found none")
    pid = processes[name].pid
    if not pid:
        return "none: it is down already"
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return str(pid)


class JobKeeper:
    """Submits the jobs that are gone, as an operator would, in a thread of its own.

    Args:
        settings: of the pipeline.
        report: called with each submission.
    """

    def __init__(self, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-keeper", daemon=True)

    def __enter__(self) -> "JobKeeper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        missing_polls = 0
        while not self._stopping.wait(_POLL_S):
            try:
                missing_polls = missing_polls + 1 if self._missing() else 0
                if missing_polls >= _MISSING_POLLS:
                    self._submit(self._missing())
                    missing_polls = 0
            except TidemarkError as error:
                self._report(f"jobs: not yet: {str(error).splitlines()[0][:160]}")

    def _missing(self) -> list[str]:
        running = {job.name for job in Cluster(self._settings.flink_url).jobs() if job.active}
        return [job for job in JOBS if self._settings.namespace.job(job) not in running]

    def _submit(self, jobs: list[str]) -> None:
        self._report(f"jobs: submitting {', '.join(jobs)} again")
        pipeline.start_jobs(self._settings, lambda _: None, jobs)
