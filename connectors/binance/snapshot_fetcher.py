"""Fetching snapshots and the exchange's time beside the live streams.

What to fetch, and when, is decided elsewhere; here it is only done. Answers go to the task's inbox,
so that no book waits for another one's snapshot.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from connectors.binance.book_rest import BookRest
from connectors.binance.endpoints import Endpoints
from connectors.binance.rest_client import RestError
from connectors.binance.venues import Venue
from connectors.connect.clock import Clock
from connectors.feeds.book_commands import NO_CONNECTION
from connectors.feeds.inbox import Inbox
from connectors.feeds.messages import ExchangeTime, Message, SnapshotAnswer
from connectors.feeds.snapshot_planner import MAX_UNANSWERED

WORKERS = MAX_UNANSWERED + 2
"""Every snapshot that may be under way, and still room for questions about the time."""

_LOG = logging.getLogger(__name__)


class SnapshotFetcher:
    """A small pool of threads, each with its own HTTP session.

    Args:
        venue: the market.
        endpoints: where the exchange is.
        limit: levels a side of a snapshot.
        inbox: where answers go.
        clock: stamps the snapshots.
    """

    def __init__(
        self,
        venue: Venue,
        endpoints: Endpoints,
        limit: int,
        inbox: Inbox[tuple[int, Message]],
        clock: Clock,
    ) -> None:
        self.stopping = threading.Event()
        self._venue = venue
        self._endpoints = endpoints
        self._limit = limit
        self._inbox = inbox
        self._clock = clock
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix=f"{venue.market}-rest")

    @property
    def used_weight(self) -> int:
        """Request weight of this minute as the last answer to another request told it."""
        return self.rest().used_weight

    def rest(self) -> BookRest:
        """Return this thread's own client."""
        if not hasattr(self._local, "rest"):
            self._local.rest = BookRest(self._venue, self._endpoints, self._clock, self.stopping)
        rest: BookRest = self._local.rest
        return rest

    def fetch(self, symbol: str, epoch: int) -> None:
        """Start fetching; a `SnapshotAnswer` follows."""
        self._pool.submit(self._fetch, symbol, epoch)

    def ask_time(self, connection: int) -> None:
        """Start asking for the exchange's clock; an `ExchangeTime` for the connection follows."""
        self._pool.submit(self._ask_time, connection)

    def stop(self) -> None:
        """End waiting, and the threads when their requests are done."""
        self.stopping.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, symbol: str, epoch: int) -> None:
        try:
            answer = self.rest().snapshot(symbol, self._limit, epoch)
        except Exception as error:  # without an answer the book would wait for it for good
            _LOG.exception("%s: an error that no snapshot should end by", symbol)
            failure = f"{type(error).__name__}: {str(error)[:300]}"
            answer = SnapshotAnswer(symbol, epoch, failure=failure)
        self._inbox.put((NO_CONNECTION, answer))

    def _ask_time(self, connection: int) -> None:
        time_ms = None
        try:
            time_ms = self.rest().time_ms()
        except RestError:
            pass  # whoever asked asks again
        except Exception:  # without an answer nobody would
            _LOG.exception("time: an error that no question should end by")
        self._inbox.put((connection, ExchangeTime(time_ms)))
