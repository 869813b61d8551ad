"""The shipped job under measurement: submit it from the start of its topic, watch it, cancel it.

CPU is that of the whole TaskManager process; records are counted by the job's own source.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import requests

from benchmarks.candles.errors import BenchmarkError
from benchmarks.candles.meter import Measured, Sample, sample
from benchmarks.candles.results import Results
from benchmarks.candles.trades import Input
from benchmarks.candles.windows import digest
from tidemark import pipeline
from tidemark.jobs import control
from tidemark.jobs.cluster import Cluster
from tidemark.settings import LOOPBACK, Settings
from tidemark.stack.supervisor import Supervisor

JOB = "candles"
_POLL_S = 0.25
_START_S, _STALLED_S, _ANSWER_S = 120.0, 60.0, 30.0
_TASKMANAGER_METRICS = 5
_RECORDS_READ = "flink_taskmanager_job_task_operator_numRecordsIn"


@dataclass(frozen=True, slots=True)
class CandlesJob:
    """The job in one stack and namespace, over one input."""

    settings: Settings
    content: Input

    def measure(self) -> Measured:
        """Run the job once over the whole input.

        Raises:
            BenchmarkError: it stands still, or its results do not come.
        """
        results = Results(self.settings, self.content)
        jar = pipeline.job_jar(self.settings, JOB)
        job_id = control.submit(self.settings, JOB, jar, fresh=True).job_id
        cluster = Cluster(self.settings.flink_url)
        try:
            self._wait_for_start(cluster)
            samples = list(self._watch(job_id))
            windows = results.read()
            samples.append(self._sample(self.content.messages))
        finally:
            self._cancel(cluster, job_id)
        return Measured.of(samples, self.content.messages, digest(windows))

    def _wait_for_start(self, cluster: Cluster) -> None:
        name = self.settings.namespace.job(JOB)
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            job = cluster.active(name)
            if job is not None and job.running:
                return
            time.sleep(_POLL_S)
        raise BenchmarkError(f"{name}: expected all tasks to run within {_START_S} s")

    def _watch(self, job_id: str) -> Iterator[Sample]:
        """Yield a sample at each poll until everything is read."""
        newest = self._sample(0)
        yield newest
        moved_s = newest.at_s
        while newest.records < self.content.messages:
            time.sleep(_POLL_S)
            before, newest = newest, self._sample(self._records_read(job_id))
            moved_s = newest.at_s if newest.records > before.records else moved_s
            if newest.at_s - moved_s > _STALLED_S:
                raise BenchmarkError(
                    f"job {job_id}: stands at {newest.records:,} of {self.content.messages:,}"
                )
            yield newest

    def _sample(self, records: int) -> Sample:
        pid = Supervisor(self.settings.home).pid("taskmanager")
        if pid is None:
            raise BenchmarkError("taskmanager: expected a process, found none")
        return sample(pid, records)

    def _records_read(self, job_id: str) -> int:
        port = self.settings.ports.internal(_TASKMANAGER_METRICS)
        # Only this metric: to write out all of them would be a good part of what is measured.
        url = f"http://{LOOPBACK}:{port}/metrics"
        text = requests.get(url, params={"name[]": _RECORDS_READ}, timeout=_ANSWER_S).text
        return sum(
            int(float(line.rpartition(" ")[2]))
            for line in text.splitlines()
            if f'job_id="{job_id}"' in line and 'operator_name="Source' in line
        )

    def _cancel(self, cluster: Cluster, job_id: str) -> None:
        cluster.cancel(job_id)
        while cluster.active(self.settings.namespace.job(JOB)):
            time.sleep(_POLL_S)
