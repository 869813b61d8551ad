"""The shipped job `liquidity` under measurement, from the start of its topics to its last window.

CPU is that of the whole TaskManager process; records are counted by the job's own sources.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from benchmarks import BenchmarkError
from benchmarks.book.tops import Input
from benchmarks.book.windows import Window, digest
from benchmarks.candles.meter import Measured
from benchmarks.running_job import running_job
from market.dictionary.topics import topic
from stack.settings import Settings

JOB = "liquidity"
_RESULTS_S = 90.0
_EXACT = tuple(name for name, kind in Window.__annotations__.items() if kind is Decimal)


@dataclass(frozen=True, slots=True)
class LiquidityJob:
    """The job in one stack and namespace, over one input."""

    settings: Settings
    content: Input

    def measure(self) -> Measured:
        """Run the job once over the whole input.

        Raises:
            BenchmarkError: it stands still, or its windows do not come.
        """
        results, messages = _Results(self.settings, self.content), self.content.messages
        with running_job(self.settings, JOB) as job:
            samples = list(job.watch(messages))
            windows = results.read()
            samples.append(job.sample(messages))
        return Measured.of(samples, messages, digest(windows))


class _Results:
    """Seconds that the job writes to Kafka from now on, as its readers see them: committed only."""

    def __init__(self, settings: Settings, content: Input) -> None:
        self._expected = content.windows
        self._consumer = KafkaConsumer(
            bootstrap_servers=settings.kafka.bootstrap_servers,
            isolation_level="read_committed",
            enable_auto_commit=False,
        )
        name = settings.namespace.topic(topic("liquidity_1s").name)
        partitions = [
            TopicPartition(name, number) for number in self._consumer.partitions_for_topic(name)
        ]
        self._consumer.assign(partitions)
        self._consumer.seek_to_end()
        for partition in partitions:
            self._consumer.position(partition)

    def read(self) -> list[Window]:
        """Return all windows, as soon as the last is committed."""
        windows: list[Window] = []
        deadline_s = time.monotonic() + _RESULTS_S
        while len(windows) < self._expected:
            for messages in self._consumer.poll(200, max_records=20_000).values():
                windows += [_window(json.loads(message.value)) for message in messages]
            if time.monotonic() > deadline_s:
                raise BenchmarkError(f"expected {self._expected:,} windows, found {len(windows):,}")
        self._consumer.close()
        return windows


def _window(row: dict[str, Any]) -> Window:
    values = {name: row[name] for name in Window._fields if name != "start_ms"}
    values |= {name: Decimal(row[name]) for name in _EXACT}
    start = datetime.fromisoformat(row["window_start"])
    return Window(start_ms=round(start.timestamp() * 1_000), **values)
