"""Fetching missed trades from REST, page by page, beside the live stream.

What to fetch is decided by `market.trade_sequence`; here it is only done. Answers go to the
task's inbox, so that no symbol waits for another one's history.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from connectors.binance.endpoints import Endpoints
from connectors.binance.inbox import Inbox
from connectors.binance.messages import ExchangeTime, Message
from connectors.binance.rest import PAGE_TRADES, HistoricalTrade, SpotRest
from connectors.binance.rest_budget import RestBudget
from connectors.binance.rest_client import RestError
from connectors.runtime.backoff import Backoff
from connectors.runtime.clock import Clock
from market.backfills import BackfillRequest, BackfillResult, NewestIds
from market.errors import MalformedRecordError
from market.records import TakerSide, Trade

HISTORY_WORKERS = 2
"""Two symbols' history at once."""

QUESTION_WORKERS = 2
"""Threads of their own for short questions: what proves time never waits behind histories."""

LAG_ATTEMPTS = 5
"""How often a page is asked for again that lacks trades which the stream has already passed."""


def taker_side(*, buyer_is_maker: bool) -> TakerSide:
    """Return the aggressor's side: when the buyer was the maker, the taker sold."""
    return "sell" if buyer_is_maker else "buy"


def backfilled_trade(
    market: str, symbol: str, entry: HistoricalTrade, receive_time_ms: int
) -> Trade:
    """Return a trade of the exchange's history as a record.

    Raises:
        MalformedRecordError: no column can hold one of its values.
    """
    return Trade(
        market=market,
        symbol=symbol,
        trade_id=entry.id,
        price=entry.price,
        quantity=entry.qty,
        taker_side=taker_side(buyer_is_maker=entry.is_buyer_maker),
        event_time_ms=entry.time,
        receive_time_ms=receive_time_ms,
        source="backfill",
        missing_before=0,
    )


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
        try:
            failure = self._fetch_pages(request, trades)
        except (RestError, MalformedRecordError) as error:
            failure = str(error)
        return BackfillResult(request, tuple(trades), failure)

    def _fetch_pages(self, request: BackfillRequest, trades: list[Trade]) -> str:
        next_id, lag = request.from_id, Backoff(0.25, 2.0, jitter=0)
        lagging = 0
        while request.to_id is None or next_id <= request.to_id:
            wanted = PAGE_TRADES
            if request.to_id is not None:
                wanted = min(wanted, request.to_id - next_id + 1)
            page = self._rest.historical_trades(request.symbol, next_id, wanted)
            received_ms = self._clock.time_ms()
            trades += [
                backfilled_trade(self._market, request.symbol, entry, received_ms) for entry in page
            ]
            next_id = page[-1].id + 1 if page else next_id
            if request.to_id is None:
                if len(page) < wanted:
                    return ""
                if len(trades) >= self._max_trades:
                    return f"stopped after {len(trades)} trades"
            elif len(page) < wanted:
                lagging += 1
                if lagging >= LAG_ATTEMPTS or self._stopping.wait(lag.next_delay_s()):
                    return f"the exchange's history ends before id {next_id}"
        return ""


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
        inbox: Inbox[Message],
        clock: Clock,
        max_trades: int,
    ) -> None:
        self.budget = RestBudget(clock)
        self._market = market
        self._endpoints = endpoints
        self._inbox = inbox
        self._clock = clock
        self._max_trades = max_trades
        self._stopping = threading.Event()
        self._local = threading.local()
        self._histories = ThreadPoolExecutor(HISTORY_WORKERS, thread_name_prefix="binance-history")
        self._questions = ThreadPoolExecutor(QUESTION_WORKERS, thread_name_prefix="binance-rest")

    def fetch(self, request: BackfillRequest) -> None:
        """Start fetching; a `BackfillResult` follows."""
        self._histories.submit(self._fetch, request)

    def ask_time(self) -> None:
        """Start asking for the exchange's clock; an `ExchangeTime` follows."""
        self._questions.submit(self._ask_time)

    def ask_newest_ids(self, symbols: Sequence[str]) -> None:
        """Start asking for the newest trade id of each symbol; a `NewestIds` follows."""
        self._questions.submit(self._ask_newest_ids, tuple(symbols))

    def stop(self) -> None:
        """End waiting, and the threads when their requests are done."""
        self._stopping.set()
        for pool in (self._histories, self._questions):
            pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, request: BackfillRequest) -> None:
        fetcher = HistoryFetcher(
            self._market, self._rest(), self._clock, self._max_trades, self._stopping
        )
        self._inbox.put(fetcher.fetch(request))

    def _ask_time(self) -> None:
        try:
            self._inbox.put(ExchangeTime(self._rest().time_ms()))
        except RestError:
            self._inbox.put(ExchangeTime(None))

    def _ask_newest_ids(self, symbols: Sequence[str]) -> None:
        try:
            self._inbox.put(self._rest().newest_ids(symbols))
        except RestError as error:
            self._inbox.put(NewestIds(0, {}, failure=str(error)))

    def _rest(self) -> SpotRest:
        if not hasattr(self._local, "rest"):
            self._local.rest = SpotRest(self._endpoints, self.budget, self._stopping)
        rest: SpotRest = self._local.rest
        return rest
