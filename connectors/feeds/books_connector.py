"""What connectors of books have in common: their keys, and how symbols are divided into tasks."""

from typing import ClassVar

from connectors.connect.config import Settings
from connectors.connect.contract import Connector
from connectors.connect.errors import ConfigError
from connectors.connect.partitions import divide
from connectors.feeds.books_config import KEYS
from connectors.feeds.books_task import BooksTask
from market.dictionary.topics import BOOK_TOPS


class BooksConnector(Connector):
    """Tasks that own partitions of the market's topic.

    A heartbeat vouches for every book of a partition, so a task follows all symbols of its own.
    """

    keys: ClassVar = KEYS
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
