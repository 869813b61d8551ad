"""Fetches missed trades from REST, page by page.

`market.trades.sequence` decides what to fetch.
"""

import threading

from connectors.connect.backoff import Backoff
from connectors.feeds.venue import HistoryPage, RestError, TradesRest
from market.dictionary.records import Trade
from market.trades.backfills import BackfillRequest, BackfillResult, RefusedTrade

LAG_ATTEMPTS = 5
"""How often to request a page that lacks trades which the stream has already passed."""

EMPTY_ATTEMPTS = 2
"""How often to request an empty page before believing that nothing is newer."""


class HistoryFetcher:
    """Fetches what one request asks for; blocking.

    Args:
        rest: this thread's own client.
        max_trades: ends a request that names no last id.
        stopping: ends waiting when set.
    """

    def __init__(self, rest: TradesRest, max_trades: int, stopping: threading.Event) -> None:
        self._rest = rest
        self._max_trades = max_trades
        self._stopping = stopping

    def fetch(self, request: BackfillRequest) -> BackfillResult:
        """Return the requested trades that the exchange has, and why if some are missing."""
        trades: list[Trade] = []
        refused: list[RefusedTrade] = []
        try:
            failure = self._fetch_pages(request, trades, refused)
        except RestError as error:
            failure = str(error)
        return BackfillResult(request, tuple(trades), failure, tuple(refused))

    def _fetch_pages(
        self, request: BackfillRequest, trades: list[Trade], refused: list[RefusedTrade]
    ) -> str:
        next_id, again = request.from_id, Backoff(0.25, 2.0, jitter=0)
        attempts = 0
        while request.to_id is None or next_id <= request.to_id:
            wanted = self._rest.page_trades
            if request.to_id is not None:
                wanted = min(wanted, request.to_id - next_id + 1)
            page = self._rest.history_page(request.symbol, next_id, wanted)
            trades += page.trades
            refused += page.refused
            next_id = page.next_id
            if len(page) == wanted:
                if request.to_id is None and len(trades) >= self._max_trades:
                    return f"stopped after {len(trades)} trades"
                continue
            attempts += 1
            if attempts >= _attempts(request, page):
                return "" if request.to_id is None else _ends_before(next_id)
            if self._stopping.wait(again.next_delay_s()):
                return _ends_before(next_id)
        return ""


def _attempts(request: BackfillRequest, page: HistoryPage) -> int:
    """Return how often to request a page before believing that it is short."""
    if request.to_id is not None:
        return LAG_ATTEMPTS
    return 1 if page else EMPTY_ATTEMPTS


def _ends_before(trade_id: int) -> str:
    return f"the exchange's history ends before id {trade_id}"
