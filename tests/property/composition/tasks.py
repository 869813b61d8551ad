"""What all tasks of the model have: a life between kills, a transaction, and commits.

A killed task loses what it had polled and not committed; its successor begins at the offsets of the
last commit with new connections.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection

from connectors.connect.clock import Now
from connectors.connect.contract import SourceRecord, TaskContext
from connectors.connect.dead_letters import DeadLetterLimits, DeadLetters
from connectors.connect.telemetry import Telemetry
from connectors.feeds.venue import RestError
from tests.property.composition.exchange import START_MS
from tests.property.composition.kafka_model import KafkaModel
from tests.property.composition.network import Network
from tests.property.composition.rest_model import RestModel

COMMIT_MS = 200
RESTART_MS = 700
LIMITS = DeadLetterLimits(max_consecutive=100_000, max_percent=100, window_records=1_000_000)


class SteppedClock:
    """A clock whose instants are wrong by what the machine chooses."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.wrong_ms = 0

    def time_ms(self) -> int:
        return self.now_ms + self.wrong_ms

    def monotonic_s(self) -> float:
        return 100.0 + (self.now_ms - START_MS) / 1000


class ModelTask(ABC):
    """One task, and its successors.

    Args:
        connector: its name; each has its own offsets.
        kafka: where it commits.
        rest: whom it asks.
        clock: of its worker.
    """

    def __init__(
        self, connector: str, kafka: KafkaModel, rest: RestModel, clock: SteppedClock
    ) -> None:
        self.connector = connector
        self.kafka, self.rest, self.clock = kafka, rest, clock
        self.network = Network(clock.now_ms)
        self.is_up = False
        self._transaction: list[SourceRecord] = []
        self._commit_ms = 0
        self._start_ms: int | None = clock.now_ms
        self.open_transactions_until_ms = 0

    def context(self) -> TaskContext:
        """Return what a worker gives to a task that starts."""
        return TaskContext(
            connector=self.connector,
            task=0,
            offsets=self.kafka.offsets(self.connector),
            dead_letters=DeadLetters(self.connector, 0, LIMITS, self.clock),
            telemetry=Telemetry(self.connector, 0),
            clock=self.clock,
        )

    def now(self) -> Now:
        """Return both clocks."""
        return Now.of(self.clock)

    def kill(self, *, commits: bool, away_ms: int = RESTART_MS) -> None:
        """End the task; what it had polled is committed or lost."""
        if not self.is_up:
            return
        if commits:
            self._commit()
        self._transaction.clear()
        self.rest.forget(self)
        self.network = Network(self.clock.now_ms)
        self.is_up = False
        self._start_ms = self.clock.now_ms + away_ms

    def doubts(self, _symbols: Collection[str]) -> bool:
        """Return whether it waits to release what it has heard of symbols."""
        return False

    def heal(self) -> None:
        """End what keeps it from working."""
        self.network.heal()
        self.open_transactions_until_ms = 0
        if self._start_ms is not None:
            self._start_ms = min(self._start_ms, self.clock.now_ms)

    def advance(self) -> None:
        """Take what has arrived, poll, and commit when it is time."""
        now_ms = self.clock.now_ms
        if not self.is_up:
            if self._start_ms is None or now_ms < self._start_ms:
                return
            try:
                self.start()
            except RestError:
                self._start_ms = now_ms + RESTART_MS
                return
            self.is_up = True
        self.network.advance(now_ms)
        for number, item in self.network.arrived():
            self.on_message(number, item)
        self._transaction += self.poll()
        if now_ms - self._commit_ms >= COMMIT_MS and now_ms >= self.open_transactions_until_ms:
            self._commit()

    def _commit(self) -> None:
        self._commit_ms = self.clock.now_ms
        self.kafka.commit(self.connector, self._transaction)
        self._transaction.clear()

    @abstractmethod
    def start(self) -> None:
        """Build the real feed from the stored offsets and connect."""

    @abstractmethod
    def on_message(self, number: int, item: object) -> None:
        """Take what a connection brought."""

    @abstractmethod
    def poll(self) -> list[SourceRecord]:
        """Return the records of what has come, after the feed's tick."""
