"""Fetching missed trades from REST, page by page, beside the live stream.

What to fetch is decided by `market.trades.sequence`; here it is only done. Answers go to the
task's inbox, so that no symbol waits for another one's history.
"""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from connectors.binance.endpoints import Endpoints
from connectors.binance.history_page import HistoryPage, read_page
from connectors.binance.rest import PAGE_TRADES, SpotRest
from connectors.binance.rest_client import RestError
from connectors.connect.backoff import Backoff
from connectors.connect.clock import Clock
from connectors.feeds.inbox import Sink
from connectors.feeds.messages import Message
from market.dictionary.records import Trade
from market.trades.backfills import BackfillRequest, BackfillResult, NewestIds, RefusedTrade

HISTORY_WORKERS = 2
"""Two symbols' history at once."""

QUESTION_WORKERS = 2
"""Threads of their own for short questions: what proves time never waits behind histories."""

LAG_ATTEMPTS = 5
"""How often a page is asked for that lacks trades which the stream has already passed."""

EMPTY_ATTEMPTS = 2
"""How often an empty page is asked for before it is believed that nothing is newer."""

_LOG = logging.getLogger(__name__)


class HistoryFetcher:
    """Answers one request; blocking.

    Args:
        market: of the trades.
        rest: this thread's own client.
        clock: stamps the trades.
        max_trades: after which a look-up stops.
        stopping: ends waiting when set.
    """

    def __init__(
        self,
        market: str,
        rest: SpotRest,
        clock: Clock,
        max_trades: int,
        stopping: threading.Event,
    ) -> None:
        self._market = market
        self._rest = rest
        self._clock = clock
        self._max_trades = max_trades
        self._stopping = stopping

    def fetch(self, request: BackfillRequest) -> BackfillResult:
        """Return what the exchange has of the request, with the reason if that is not all."""
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
            wanted = PAGE_TRADES
            if request.to_id is not None:
                wanted = min(wanted, request.to_id - next_id + 1)
            rows = self._rest.history_rows(request.symbol, next_id, wanted)
            page = read_page(self._market, request.symbol, next_id, rows, self._clock.time_ms())
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
    """Return how often a page is asked for before it is believed to be short."""
    if request.to_id is not None:
        return LAG_ATTEMPTS
    return 1 if page else EMPTY_ATTEMPTS


def _failure(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:300]}"


def _ends_before(trade_id: int) -> str:
    return f"the exchange's history ends before id {trade_id}"


class Backfiller:
    """A small pool of threads, each with its own HTTP session.

    Args:
        market: of the trades.
        endpoints: where the exchange is.
        inbox: where answers go.
        clock: stamps trades and waits.
        max_trades: after which a look-up stops.
    """

    def __init__(
        self,
        market: str,
        endpoints: Endpoints,
        inbox: Sink[Message],
        clock: Clock,
        max_trades: int,
    ) -> None:
        self._market = market
        self._endpoints = endpoints
        self._inbox = inbox
        self._clock = clock
        self._max_trades = max_trades
        self._stopping = threading.Event()
        self._local = threading.local()
        self._histories = ThreadPoolExecutor(HISTORY_WORKERS, thread_name_prefix="binance-history")
        self._questions = ThreadPoolExecutor(QUESTION_WORKERS, thread_name_prefix="binance-rest")

    @property
    def used_weight(self) -> int:
        """Request weight of this minute as the last answer told it."""
        return self._rest().used_weight

    def fetch(self, request: BackfillRequest) -> None:
        """Start fetching; a `BackfillResult` follows."""
        self._histories.submit(self._fetch, request)

    def ask_newest_ids(self, symbols: Sequence[str]) -> None:
        """Start asking for the newest trade id of each symbol; a `NewestIds` follows."""
        self._questions.submit(self._ask_newest_ids, tuple(symbols))

    def stop(self) -> None:
        """End waiting, and the threads when their requests are done."""
        self._stopping.set()
        for pool in (self._histories, self._questions):
            pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, request: BackfillRequest) -> None:
        try:
            fetcher = HistoryFetcher(
                self._market, self._rest(), self._clock, self._max_trades, self._stopping
            )
            result = fetcher.fetch(request)
        except Exception as error:  # without an answer the symbol would wait for it for good
            _LOG.exception("%s: an error that no history should end by", request.symbol)
            result = BackfillResult(request, (), _failure(error))
        self._inbox.put(result)

    def _ask_newest_ids(self, symbols: Sequence[str]) -> None:
        try:
            answer = self._rest().newest_ids(symbols)
        except RestError as error:
            answer = NewestIds(0, {}, failure=str(error))
        except Exception as error:  # without an answer nobody would ask again
            _LOG.exception("newest ids: an error that no question should end by")
            answer = NewestIds(0, {}, failure=_failure(error))
        self._inbox.put(answer)

    def _rest(self) -> SpotRest:
        if not hasattr(self._local, "rest"):
            self._local.rest = SpotRest(self._endpoints, self._clock, self._stopping)
        rest: SpotRest = self._local.rest
        return rest
