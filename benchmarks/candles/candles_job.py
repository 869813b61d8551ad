"""The job `candles` under measurement, and the windows that it writes as a reader gets them."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from benchmarks import BenchmarkError
from benchmarks.candles.meter import Measured
from benchmarks.candles.trades import Input
from benchmarks.candles.windows import LENGTHS_MS, Window, digest
from benchmarks.running_job import running_job
from stack.settings import Settings

JOB = "candles"

_TIMEOUT_S = 60.0
_PLAIN = ("symbol", "trade_count", "first_trade_id", "last_trade_id")
_EXACT = (
    "open",
    "high",
    "low",
    "close",
    "volume_base",
    "volume_quote",
    "taker_buy_volume_base",
    "taker_buy_volume_quote",
)


class Results:
    """What the job writes to Kafka from now on, as its readers see it: committed only."""

    def __init__(self, settings: Settings, content: Input) -> None:
        self._expected = sum(content.windows(length) for length in LENGTHS_MS.values())
        self._intervals = {
            settings.namespace.topic(f"candles_{interval}"): interval for interval in LENGTHS_MS
        }
        self._consumer = KafkaConsumer(
            bootstrap_servers=settings.kafka.bootstrap_servers,
            isolation_level="read_committed",
            enable_auto_commit=False,
        )
        partitions = [
            TopicPartition(name, number)
            for name in self._intervals
            for number in self._consumer.partitions_for_topic(name)
        ]
        self._consumer.assign(partitions)
        self._consumer.seek_to_end()
        for partition in partitions:
            self._consumer.position(partition)

    def read(self) -> list[Window]:
        """Return all windows, as soon as the last is committed."""
        windows: list[Window] = []
        deadline = time.monotonic() + _TIMEOUT_S
        while len(windows) < self._expected:
            for messages in self._consumer.poll(200, max_records=20_000).values():
                windows += [
                    _window(self._intervals[message.topic], json.loads(message.value))
                    for message in messages
                ]
            if time.monotonic() > deadline:
                raise BenchmarkError(f"expected {self._expected:,} windows, found {len(windows):,}")
        self._consumer.close()
        return windows


def _window(interval: str, row: Mapping[str, Any]) -> Window:
    values: dict[str, Any] = {name: row[name] for name in _PLAIN}
    values |= {name: Decimal(row[name]) for name in _EXACT}
    return Window(interval=interval, start_ms=_epoch_ms(row["window_start"]), **values)


def _epoch_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000)


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
