"""Trade histories that a test makes up: rows of Binance's form, read as the client reads them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from connectors.binance.history_page import read_page
from connectors.feeds.venue import HistoryPage
from tests.support.trades import MARKET, START_MS


class RowsHistory(ABC):
    """Makes pages of what `history_rows` gives."""

    page_trades = 1_000
    used_weight = 0

    @abstractmethod
    def history_rows(self, symbol: str, from_id: int, limit: int) -> Sequence[object]:
        """Return the rows of one page."""

    def history_page(self, symbol: str, from_id: int, limit: int) -> HistoryPage:
        """Return one page."""
        rows = self.history_rows(symbol, from_id, limit)
        return read_page(MARKET, symbol, from_id, rows, START_MS)
