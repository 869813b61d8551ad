"""What connectors of trades have in common: their keys, and how symbols are divided into tasks."""

from typing import ClassVar

from connectors.connect.config import Settings
from connectors.connect.contract import Connector
from connectors.connect.errors import ConfigError
from connectors.connect.partitions import divide
from connectors.feeds.trades_config import KEYS
from connectors.feeds.trades_task import TradesTask
from market.dictionary.topics import TRADES


class TradesConnector(Connector):
    """Tasks own partitions of the market's topic, with all symbols that go there.

    A heartbeat vouches for every symbol of a partition, so only a task that reads them all can give
    it.
    """

    keys: ClassVar = KEYS
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
