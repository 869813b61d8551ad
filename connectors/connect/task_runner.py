"""The life of one task in its own thread: start, poll, commit, fail, wait, restart.

A restart begins at the offsets of the last commit, with a new producer that fences the old one.
"""

import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from connectors.connect.backoff import Backoff
from connectors.connect.clock import Clock
from connectors.connect.config import Settings
from connectors.connect.contract import Task, TaskContext
from connectors.connect.dead_letters import DeadLetterLimits, DeadLetters
from connectors.connect.errors import PermanentError
from connectors.connect.offsets import read_offsets
from connectors.connect.producer import TransactionalProducer
from connectors.connect.telemetry import Metric, Telemetry
from connectors.connect.worker_config import WorkerConfig
from market.dictionary.topics import CONNECT_OFFSETS

POLL_TIMEOUT_S = 0.05
"""Longest wait of one poll, short so that stopping and committing are never late."""

HEALTHY_AFTER_S = 60.0
"""A task that ran this long counts as healthy: its next failure restarts the backoff."""

_LOG = logging.getLogger(__name__)


class TaskState(StrEnum):
    """The states of a task in Connect."""

    UNASSIGNED = "UNASSIGNED"
    RUNNING = "RUNNING"
    RESTARTING = "RESTARTING"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """What to run: which task of which connector, with which settings."""

    connector: str
    number: int
    task_class: Callable[[], Task]
    settings: Settings

    @property
    def name(self) -> str:
        """Connector and number, for the log."""
        return f"{self.connector} task {self.number}"


class TaskRunner:
    """Runs one task until it is asked to stop or fails permanently.

    Args:
        plan: what to run.
        config: the worker's.
        clock: the machine's, or a test's.
    """

    def __init__(self, plan: TaskPlan, config: WorkerConfig, clock: Clock) -> None:
        self.plan = plan
        self.telemetry = Telemetry(plan.connector, plan.number)
        self.state = TaskState.UNASSIGNED
        self.trace = self.failure = ""
        self._config = config
        self._clock = clock
        self._stopping = threading.Event()
        self._backoff = Backoff(config.restart_backoff_s, config.restart_backoff_max_s)
        self._thread = threading.Thread(target=self._live, name=plan.name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the task to commit what it has and to end."""
        self._stopping.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; return True when it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _live(self) -> None:
        while not self._stopping.is_set():
            started_s = self._clock.monotonic_s()
            try:
                self._run_once()
            except PermanentError as error:
                self._fail(TaskState.FAILED, error)
                return
            except Exception as error:
                if self._clock.monotonic_s() - started_s > HEALTHY_AFTER_S:
                    self._backoff.reset()
                self._fail(TaskState.RESTARTING, error)
                self._stopping.wait(self._backoff.next_delay_s())
        self.state = TaskState.UNASSIGNED

    def _fail(self, state: TaskState, error: Exception) -> None:
        self.trace = "".join(traceback.format_exception(error))
        self.failure = str(error)
        self.state = state
        if state is TaskState.FAILED:
            self.telemetry.put(Metric.FAILED, 1)
            _LOG.error("%s failed permanently: %s", self.plan.name, error)
            return
        self.telemetry.add(Metric.RESTARTS)
        _LOG.warning("%s failed and restarts: %s", self.plan.name, error, exc_info=error)

    def _run_once(self) -> None:
        producer = TransactionalProducer(
            self._config.bootstrap_servers,
            self._config.namespace,
            self.plan.connector,
            f"{self._config.group_id}-{self.plan.connector}-{self.plan.number}",
            self._clock,
        )
        try:
            context = self._context()
            task = self.plan.task_class()
            try:
                task.start(self.plan.settings, context)
                self.state = TaskState.RUNNING
                _LOG.info("%s is running", self.plan.name)
                self._pump(task, producer, context.dead_letters)
            finally:
                task.stop()
        finally:
            producer.close()

    def _context(self) -> TaskContext:
        plan = self.plan
        return TaskContext(
            connector=plan.connector,
            task=plan.number,
            offsets=read_offsets(
                self._config.bootstrap_servers,
                self._config.namespace.topic(CONNECT_OFFSETS.name),
                plan.connector,
            ),
            dead_letters=DeadLetters(
                plan.connector, plan.number, DeadLetterLimits.of(plan.settings), self._clock
            ),
            telemetry=self.telemetry,
            clock=self._clock,
        )

    def _pump(self, task: Task, producer: TransactionalProducer, letters: DeadLetters) -> None:
        """Move records until asked to stop, one transaction per interval; end with a commit."""
        unwritten, due_s = 0, 0.0
        while True:
            stopping = self._stopping.is_set()
            records = task.poll(0 if stopping else POLL_TIMEOUT_S)
            if records and not unwritten:
                due_s = self._clock.monotonic_s() + self._config.transaction_interval_s
            producer.send(records)
            unwritten += len(records)
            is_due = unwritten and self._clock.monotonic_s() >= due_s
            if stopping or is_due or unwritten >= self._config.transaction_max_records:
                self._commit(task, producer, unwritten)
                letters.check()
                unwritten = 0
            if stopping:
                return

    def _commit(self, task: Task, producer: TransactionalProducer, records: int) -> None:
        began_s = self._clock.monotonic_s()
        producer.commit()
        task.commit()
        if records:
            self.telemetry.add(Metric.RECORDS, records)
            self.telemetry.add(Metric.TRANSACTIONS)
            duration_s = self._clock.monotonic_s() - began_s
            self.telemetry.put(Metric.COMMIT_MS, round(duration_s * 1000))
