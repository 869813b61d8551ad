"""Trades for tests, with the id as the only thing that usually matters, and histories of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from connectors.binance.history_page import read_page
from connectors.feeds.venue import HistoryPage
from market.dictionary.records import Source, Trade

MARKET, SYMBOL, STREAM = "binance-spot", "BTCUSDT", "btcusdt@trade"
START_MS = 1_700_000_000_000
"""Start of a minute's second 20; a multiple of 1,000."""


def trade(
    trade_id: int, event_time_ms: int | None = None, source: Source = "live", symbol: str = SYMBOL
) -> Trade:
    """Return a trade; without a time its id counts the milliseconds since `START_MS`."""
    time_ms = START_MS + trade_id if event_time_ms is None else event_time_ms
    return Trade(
        market=MARKET,
        symbol=symbol,
        trade_id=trade_id,
        price="61838.10000000",
        quantity="0.00017000",
        taker_side="sell",
        event_time_ms=time_ms,
        receive_time_ms=time_ms + 5,
        source=source,
        missing_before=0,
    )


def backfilled(*trade_ids: int) -> tuple[Trade, ...]:
    """Return trades as REST gives them."""
    return tuple(trade(trade_id, source="backfill") for trade_id in trade_ids)


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
