"""Source connector of Binance spot trades: stream `<symbol>@trade`, market `binance-spot`."""

from typing import ClassVar

from connectors.binance.venues import SPOT
from connectors.feeds.connectors import TradesConnector
from connectors.feeds.trades_task import TradesTask
from market.dictionary.topics import TRADES


class SpotTradesTask(TradesTask):
    """Follows trades of spot."""

    venue: ClassVar = SPOT


class SpotTradesConnector(TradesConnector):
    """Trades of market `binance-spot`."""

    task_class: ClassVar = SpotTradesTask
    vouched_topic: ClassVar = TRADES[SPOT.market].name
