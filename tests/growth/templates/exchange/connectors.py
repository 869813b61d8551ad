"""Source connectors of Nano: trades and books of `nano-spot`."""

from typing import ClassVar

from connectors.nano.venue import NANO_SPOT

from connectors.feeds.books_task import BooksTask
from connectors.feeds.connectors import BooksConnector, TradesConnector
from connectors.feeds.trades_task import TradesTask
from market.dictionary.topics import BOOK_TOPS, TRADES


class NanoTradesTask(TradesTask):
    """Follows trades."""

    venue: ClassVar = NANO_SPOT


class NanoTradesConnector(TradesConnector):
    """Trades of market `nano-spot`."""

    task_class: ClassVar = NanoTradesTask
    vouched_topic: ClassVar = TRADES[NANO_SPOT.market].name


class NanoBooksTask(BooksTask):
    """Follows books."""

    venue: ClassVar = NANO_SPOT


class NanoBooksConnector(BooksConnector):
    """Books of market `nano-spot`."""

    task_class: ClassVar = NanoBooksTask
    vouched_topic: ClassVar = BOOK_TOPS[NANO_SPOT.market].name
