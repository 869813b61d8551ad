"""What connectors of a kind have in common: their keys, and how symbols are divided into tasks."""

from typing import ClassVar

from connectors.connect.config import Settings
from connectors.connect.contract import Connector
from connectors.connect.errors import ConfigError
from connectors.connect.partitions import divide
from connectors.feeds.books_task import BooksTask
from connectors.feeds.config import BOOKS_KEYS, TRADES_KEYS
from connectors.feeds.trades_task import TradesTask
from market.dictionary.topics import BOOK_TOPS, TRADES


class TradesConnector(Connector):
    """Tasks own partitions of the market's topic, with all symbols that go there.

    A heartbeat vouches for every symbol of a partition, so only a task that reads them all can give
    it.
    """

    keys: ClassVar = TRADES_KEYS
    task_class: ClassVar[type[TradesTask]]

    def task_settings(self, settings: Settings, max_tasks: int) -> list[Settings]:
        """Return one task for each share of the partitions, at most `max_tasks`.

        Raises:
            ConfigError: no symbols, or more in a task than one connection carries.
        """
        venue = self.task_class.venue
        tasks = divide(settings, venue.market, TRADES[venue.market].partitions, max_tasks)
        most = max(len(task.names("symbols")) for task in tasks)
        if not 0 < most <= venue.max_streams:
            problem = (
                f"symbols: expected 1 to {venue.max_streams}, found {most} in a task; "
                "with too many raise tasks.max"
            )
            raise ConfigError(f"trades of {venue.market}", [problem])
        return tasks


class BooksConnector(Connector):
    """Tasks that own partitions of the market's topic.

    A heartbeat vouches for every book of a partition, so a task follows all symbols of its own.
    """

    keys: ClassVar = BOOKS_KEYS
    task_class: ClassVar[type[BooksTask]]

    def task_settings(self, settings: Settings, max_tasks: int) -> list[Settings]:
        """Return a task's symbols and partitions for each task.

        Raises:
            ConfigError: no symbols, or a limit that the exchange does not accept.
        """
        venue, limit = self.task_class.venue, settings.integer("snapshot.limit")
        problems = []
        if not settings.names("symbols"):
            problems.append("symbols: expected at least one, found none")
        if not venue.accepts_limit(limit):
            accepted = venue.accepted_limits
            problems.append(f"snapshot.limit: {venue.market} accepts {accepted}, found {limit}")
        if problems:
            raise ConfigError(f"books of {venue.market}", problems)
        partitions = BOOK_TOPS[venue.market].partitions
        return divide(settings, venue.market, partitions, max_tasks)
