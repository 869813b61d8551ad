"""Source connectors of Binance's order books: `binance-spot` and `binance-usdm`.

How a task works is told in `connectors.binance.books_task`.
"""

from typing import ClassVar

from connectors.binance.books_config import KEYS
from connectors.binance.books_task import BooksTask
from connectors.binance.venues import SPOT, USDM
from connectors.connect.config import Settings
from connectors.connect.contract import Connector
from connectors.connect.errors import ConfigError
from connectors.connect.partitions import divide
from market.dictionary.topics import BOOK_TOPS


class SpotBooksTask(BooksTask):
    """Follows books of spot."""

    venue: ClassVar = SPOT


class UsdmBooksTask(BooksTask):
    """Follows books of USD-M futures."""

    venue: ClassVar = USDM


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
            accepted = ", ".join(map(str, venue.snapshot_limits)) or "1 to 5000"
            problems.append(f"snapshot.limit: {venue.market} accepts {accepted}, found {limit}")
        if problems:
            raise ConfigError(f"books of {venue.market}", problems)
        partitions = BOOK_TOPS[venue.market].partitions
        return divide(settings, venue.market, partitions, max_tasks)


class SpotBooksConnector(BooksConnector):
    """Books of market `binance-spot`."""

    task_class: ClassVar = SpotBooksTask
    vouched_topic: ClassVar = BOOK_TOPS[SPOT.market].name


class UsdmBooksConnector(BooksConnector):
    """Books of market `binance-usdm`."""

    task_class: ClassVar = UsdmBooksTask
    vouched_topic: ClassVar = BOOK_TOPS[USDM.market].name
