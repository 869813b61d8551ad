"""Book tasks without a worker: their settings and their context."""

from dataclasses import dataclass

from connectors.binance.books import BooksConnector, SpotBooksConnector, UsdmBooksConnector
from connectors.connect.clock import Now, SystemClock
from connectors.connect.config import Settings
from connectors.connect.contract import TaskContext
from connectors.connect.dead_letters import DeadLetterLimits, DeadLetters
from connectors.connect.offsets import SourceOffsets
from connectors.connect.telemetry import Telemetry
from connectors.connect.worker_config import parse_connector
from connectors.feeds.books_task import BooksTask
from connectors.feeds.messages import Message, SnapshotAnswer

CONNECTORS: dict[str, type[BooksConnector]] = {
    "spot": SpotBooksConnector,
    "usdm": UsdmBooksConnector,
}
NOWHERE = "http://127.0.0.1:9"
"""For a task that opens no socket."""


def task_settings(market: str, url: str, symbols: str, **config: object) -> Settings:
    """Return the settings of the only task, checked as a worker checks them."""
    connector = CONNECTORS[market]()
    given = {
        "connector.class": "connectors.binance.books",
        "exchange": "simulator",
        "simulator.url": url,
        "symbols": symbols,
    }
    checked = parse_connector("books", connector.keys, given | config)
    (share,) = connector.task_settings(checked, 1)
    return share


def new_context() -> TaskContext:
    """Return the context of a task that has never run."""
    name, clock = "books", SystemClock()
    return TaskContext(
        connector=name,
        task=0,
        offsets=SourceOffsets(name, {}),
        dead_letters=DeadLetters(name, 0, DeadLetterLimits(), clock),
        telemetry=Telemetry(name, 0),
        clock=clock,
    )


@dataclass(slots=True)
class Answers:
    """What REST answered to requests for snapshots.

    Attributes:
        refused: with 429 or 418.
        most_used: highest request weight of a minute that was told.
    """

    snapshots: int = 0
    failed: int = 0
    refused: int = 0
    most_used: int = 0

    def count(self, answer: SnapshotAnswer) -> None:
        """Note one answer."""
        self.snapshots += answer.snapshot is not None
        self.failed += answer.snapshot is None
        self.refused += answer.refused_s is not None
        self.most_used = max(self.most_used, answer.used_weight or 0)


def watched(market: str) -> tuple[BooksTask, Answers]:
    """Return a market's shipped task, and a count of the answers that it gets."""
    answers = Answers()

    class WatchedTask(CONNECTORS[market].task_class):  # type: ignore[misc]
        def _on_message(self, connection: int, message: Message, now: Now) -> None:
            if isinstance(message, SnapshotAnswer):
                answers.count(message)
            super()._on_message(connection, message, now)

    return WatchedTask(), answers
