"""The catalogue of the connectors' metrics, and the counters of one task.

Every metric is declared here with kind, unit and meaning; code names a member, never a string.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Metric as PrometheusMetric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class Definition:
    """What a metric means.

    Attributes:
        name: Prometheus style, unit as suffix.
        kind: a counter only grows; a gauge is the last value.
    """

    name: str
    kind: Literal["counter", "gauge"]
    description: str


class Metric(Enum):
    """Every metric of a task."""

    RECORDS = Definition("records_written_total", "counter", "Records committed to Kafka.")
    TRANSACTIONS = Definition("transactions_total", "counter", "Kafka transactions committed.")
    COMMIT_MS = Definition("commit_duration_ms", "gauge", "Duration of the last commit.")
    RESTARTS = Definition("task_restarts_total", "counter", "Restarts after a failure.")
    FAILED = Definition(
        "task_failed", "gauge", "1 when the task has failed permanently and needs manual action."
    )
    DEAD_LETTERS = Definition("dead_letters_total", "counter", "Records refused.")
    FRAMES = Definition("frames_total", "counter", "Frames received from the source.")
    REPEATS = Definition("repeats_total", "counter", "Expected repeats after a reconnect.")
    CONNECTS = Definition("connects_total", "counter", "Connections opened.")
    GAPS = Definition("gaps_total", "counter", "Gaps found.")
    MISSING = Definition(
        "missing_trades_total", "counter", "Trades still missing when their gap was left."
    )
    BACKFILLED = Definition("backfilled_trades_total", "counter", "Trades fetched by REST.")
    REST_WEIGHT = Definition("rest_used_weight", "gauge", "Request weight used this minute.")
    WAITING = Definition("inbox_messages", "gauge", "Messages received and not yet read.")
    DIFFS = Definition("book_diffs_total", "counter", "Diffs of books received.")
    BOOK_CHECKS = Definition(
        "book_ticker_checks_total",
        "counter",
        "Books compared with the exchange's best bid and ask; 0 for minutes means no checks.",
    )
    BOOKS_LIVE = Definition("books_live", "gauge", "Books that are verified now.")
    SNAPSHOTS = Definition("book_snapshots_fetched_total", "counter", "Snapshots fetched by REST.")
    PROVEN_TIME_MS = Definition(
        "proven_time_ms", "gauge", "Event time of the last heartbeat, epoch milliseconds."
    )


@dataclass(slots=True)
class Telemetry:
    """The counters of one task; its own thread writes, others only read."""

    connector: str
    task: int
    values: dict[Metric, int] = field(default_factory=dict)

    def add(self, metric: Metric, number: int = 1) -> None:
        """Raise a counter."""
        self.values[metric] = self.values.get(metric, 0) + number

    def put(self, metric: Metric, number: int) -> None:
        """Set a gauge."""
        self.values[metric] = number

    def line(self) -> str:
        """Return all values as one line for the log."""
        pairs = (f"{metric.value.name}={number}" for metric, number in self.values.copy().items())
        return f"{self.connector} task {self.task}: {' '.join(pairs)}"


def prometheus_text(tasks: Iterable[Telemetry]) -> str:
    """Return the metrics of all tasks in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Tasks(list(tasks)))
    return generate_latest(registry).decode()


class _Tasks(Collector):
    """The counters of tasks, as the client library reads them."""

    def __init__(self, tasks: Sequence[Telemetry]) -> None:
        self._tasks = tasks

    def collect(self) -> Iterator[PrometheusMetric]:
        for metric in Metric:
            definition = metric.value
            kind = CounterMetricFamily if definition.kind == "counter" else GaugeMetricFamily
            name = f"tidemark_connector_{definition.name}"
            family = kind(name, definition.description, labels=("connector", "task"))
            for task in self._tasks:
                family.add_metric((task.connector, str(task.task)), task.values.get(metric, 0))
            yield family
