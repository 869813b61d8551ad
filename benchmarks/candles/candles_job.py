"""The job `candles` under measurement."""

from dataclasses import dataclass

from benchmarks.candles.meter import Measured
from benchmarks.candles.results import Results
from benchmarks.candles.trades import Input
from benchmarks.candles.windows import digest
from benchmarks.running_job import running_job
from stack.settings import Settings

JOB = "candles"


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
        results, messages = Results(self.settings, self.content), self.content.messages
        with running_job(self.settings, JOB) as job:
            samples = list(job.watch(messages))
            windows = results.read()
            samples.append(job.sample(messages))
        return Measured.of(samples, messages, digest(windows))
