"""Source connectors of Binance's order books: `binance-spot` and `binance-usdm`."""

from typing import ClassVar

from connectors.binance.venues import SPOT, USDM
from connectors.feeds.books_task import BooksTask
from connectors.feeds.connectors import BooksConnector
from market.dictionary.topics import BOOK_TOPS


class SpotBooksTask(BooksTask):
    """Follows books of spot."""

    venue: ClassVar = SPOT


class UsdmBooksTask(BooksTask):
    """Follows books of USD-M futures."""

    venue: ClassVar = USDM


class SpotBooksConnector(BooksConnector):
    """Books of market `binance-spot`."""

    task_class: ClassVar = SpotBooksTask
    vouched_topic: ClassVar = BOOK_TOPS[SPOT.market].name


class UsdmBooksConnector(BooksConnector):
    """Books of market `binance-usdm`."""

    task_class: ClassVar = UsdmBooksTask
    vouched_topic: ClassVar = BOOK_TOPS[USDM.market].name
