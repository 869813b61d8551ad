"""REST snapshots of books, one attempt each: when to ask again is decided by the planner.

Blocking; belongs into a thread of its own.
"""

import threading

import msgspec
import requests
from binance.error import ClientError, ServerError

from connectors.binance.market_rest import MarketRest
from connectors.binance.rest_client import checked, used_weight, words
from connectors.binance.rest_refusals import RATE_LIMITED
from connectors.connect.clock import Clock
from connectors.feeds.messages import SnapshotAnswer
from connectors.feeds.venue import Endpoints
from market.books.depth_updates import BookSnapshot
from market.errors import MalformedRecordError

NO_SUCH_SYMBOL = 400, -1121
"""Status and code of what only the exchange can change."""

FORBIDDEN_HERE = 451
"""The exchange does not serve where we are."""


class _Depth(msgspec.Struct, frozen=True, rename="camel"):
    last_update_id: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class BookRest(MarketRest):
    """The requests of a book connector.

    Args:
        root: path of the market's endpoints.
        weight_limit: that an address may use in a clock minute.
        endpoints: base addresses.
        clock: stamps the snapshots.
        stopping: ends waiting when set.
    """

    def __init__(
        self,
        root: str,
        weight_limit: int,
        endpoints: Endpoints,
        clock: Clock,
        stopping: threading.Event,
    ) -> None:
        super().__init__(endpoints.rest_url, root, clock, weight_limit, stopping)
        self._clock = clock

    def snapshot(self, symbol: str, limit: int, epoch: int) -> SnapshotAnswer:
        """Return the best levels of a book, or why there are none.

        While a ban lasts nothing is sent, whichever program it was announced to.
        """
        banned_s = self._client.budget.banned_s()
        if banned_s > 0:
            failure = "not sent, the exchange wants no request"
            return SnapshotAnswer(symbol, epoch, failure=failure, refused_s=banned_s)
        try:
            reply = self._client.ask("depth", {"symbol": symbol, "limit": limit})
        except ClientError as error:
            return self._refusal(symbol, epoch, error)
        except (ServerError, requests.RequestException) as error:
            return SnapshotAnswer(symbol, epoch, failure=f"{type(error).__name__}: {words(error)}")
        used = reply.used_weight
        try:
            snapshot = self._snapshot(reply.content, limit)
        except (msgspec.ValidationError, MalformedRecordError) as error:
            return SnapshotAnswer(symbol, epoch, failure=str(error), used_weight=used)
        return SnapshotAnswer(symbol, epoch, snapshot, used_weight=used)

    def _snapshot(self, content: object, limit: int) -> BookSnapshot:
        depth = checked(content, _Depth)
        received_ms = self._clock.time_ms()
        return BookSnapshot.from_wire(
            depth.last_update_id, depth.bids, depth.asks, received_ms, limit
        )

    def _refusal(self, symbol: str, epoch: int, error: ClientError) -> SnapshotAnswer:
        status = error.status_code
        is_gone = (status, error.error_code) == NO_SUCH_SYMBOL
        return SnapshotAnswer(
            symbol,
            epoch,
            failure=f"HTTP {error.status_code}, code {error.error_code}: {words(error)}",
            used_weight=used_weight(error.header),
            refused_s=self._client.budget.banned_s() if status in RATE_LIMITED else None,
            is_final=is_gone or status == FORBIDDEN_HERE,
            is_gone=is_gone,
        )
