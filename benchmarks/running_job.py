"""A shipped job under measurement: submit it from the start of its topic, watch it, cancel it.

CPU is that of the whole TaskManager process; records are counted by the job's own sources.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from benchmarks import BenchmarkError
from benchmarks.candles.meter import Sample, sample
from stack import pipeline
from stack.jobs import control
from stack.settings import LOOPBACK, Settings
from stack.supervisor import Supervisor
from stores.flink import Cluster

_POLL_S = 0.25
_START_S, _STALLED_S, _ANSWER_S = 180.0, 90.0, 30.0
_TASKMANAGER_METRICS = 5
_RECORDS_READ = "flink_taskmanager_job_task_operator_numRecordsIn"


@dataclass(frozen=True, slots=True)
class RunningJob:
    """One submission of a job in one stack and namespace."""

    settings: Settings
    job_id: str

    def watch(self, messages: int) -> Iterator[Sample]:
        """Yield a sample at each poll until so many messages are read.

        Raises:
            BenchmarkError: the job stands still.
        """
        newest = self.sample(0)
        yield newest
        moved_s = newest.at_s
        while newest.records < messages:
            time.sleep(_POLL_S)
            before, newest = newest, self.sample(self._records_read())
            moved_s = newest.at_s if newest.records > before.records else moved_s
            if newest.at_s - moved_s > _STALLED_S:
                raise BenchmarkError(
                    f"job {self.job_id}: stands at {newest.records:,} of {messages:,}"
                )
            yield newest

    def sample(self, records: int) -> Sample:
        """Return the TaskManager's CPU now.

        Raises:
            BenchmarkError: there is no TaskManager.
        """
        pid = Supervisor(self.settings.home).pid("taskmanager")
        if pid is None:
            raise BenchmarkError("taskmanager: expected a process, found none")
        return sample(pid, records)

    def _records_read(self) -> int:
        port = self.settings.ports.internal(_TASKMANAGER_METRICS)
        # Only this metric: to write out all of them would be a good part of what is measured.
        url = f"http://{LOOPBACK}:{port}/metrics"
        text = requests.get(url, params={"name[]": _RECORDS_READ}, timeout=_ANSWER_S).text
        return sum(
            int(float(line.rpartition(" ")[2]))
            for line in text.splitlines()
            if f'job_id="{self.job_id}"' in line and 'operator_name="Source' in line
        )


@contextmanager
def running_job(settings: Settings, job: str) -> Iterator[RunningJob]:
    """A job submitted afresh, all its tasks running; it is cancelled afterwards.

    Raises:
        BenchmarkError: its tasks do not all run in time.
    """
    jar = pipeline.job_jar(settings, job)
    job_id = control.submit(settings, job, jar, fresh=True).job_id
    try:
        await_running(settings, job)
        yield RunningJob(settings, job_id)
    finally:
        cancel(settings, job, job_id)


def await_running(settings: Settings, job: str) -> None:
    """Wait until every task of a job runs.

    Raises:
        BenchmarkError: they do not in time.
    """
    name, cluster = settings.namespace.job(job), Cluster(settings.flink_url)
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        active = cluster.active(name)
        if active is not None and active.running:
            return
        time.sleep(_POLL_S)
    raise BenchmarkError(f"{name}: expected all tasks to run within {_START_S} s")


def cancel(settings: Settings, job: str, job_id: str) -> None:
    """Cancel a job and wait until it has ended."""
    cluster = Cluster(settings.flink_url)
    cluster.cancel(job_id)
    while cluster.active(settings.namespace.job(job)):
        time.sleep(_POLL_S)
