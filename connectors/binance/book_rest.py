"""REST snapshots of books, one attempt each: when to ask again is decided by the planner.

Blocking; belongs into a thread of its own.
"""

import threading
from typing import Any

import msgspec
import requests
from binance.error import ClientError, ServerError

from connectors.binance.endpoints import Endpoints
from connectors.binance.market_rest import MarketRest
from connectors.binance.messages import SnapshotAnswer
from connectors.binance.rest_budget import RestBudget
from connectors.binance.rest_client import (
    RATE_LIMITED,
    WEIGHT_HEADER,
    RestError,
    checked,
    retry_after_s,
    words,
)
from connectors.binance.venues import Venue
from connectors.runtime.clock import Clock
from market.depth_updates import BookSnapshot
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
        venue: the market.
        endpoints: base addresses.
        clock: stamps the snapshots.
        budget: of the questions about symbols and time.
        stopping: ends waiting when set.
    """

    def __init__(
        self,
        venue: Venue,
        endpoints: Endpoints,
        clock: Clock,
        budget: RestBudget,
        stopping: threading.Event,
    ) -> None:
        super().__init__(endpoints.rest_url, venue.rest_root, budget, stopping)
        self._clock = clock

    def snapshot(self, symbol: str, limit: int, epoch: int) -> SnapshotAnswer:
        """Return the best levels of a book, or why there are none."""
        used: int | None = None
        try:
            answer: Any = self._query("depth", symbol=symbol, limit=limit)
            used = _used_weight(answer["limit_usage"])
            snapshot = self._snapshot(symbol, limit, answer["data"])
        except ClientError as error:
            refused = error.status_code in RATE_LIMITED
            is_gone = (error.status_code, error.error_code) == NO_SUCH_SYMBOL
            return SnapshotAnswer(
                symbol,
                epoch,
                failure=f"HTTP {error.status_code}, code {error.error_code}: {words(error)}",
                used_weight=_used_weight(error.header),
                refused_s=retry_after_s(error) if refused else None,
                is_final=is_gone or error.status_code == FORBIDDEN_HERE,
                is_gone=is_gone,
            )
        except (ServerError, requests.RequestException, KeyError) as error:
            failure = f"{type(error).__name__}: {words(error)}"
            return SnapshotAnswer(symbol, epoch, failure=failure, used_weight=used)
        except (RestError, MalformedRecordError) as error:
            return SnapshotAnswer(symbol, epoch, failure=str(error), used_weight=used)
        return SnapshotAnswer(symbol, epoch, snapshot, used_weight=used)

    def _snapshot(self, symbol: str, limit: int, content: object) -> BookSnapshot:
        depth = checked(f"depth {symbol}", content, _Depth)
        received_ms = self._clock.time_ms()
        return BookSnapshot.from_wire(
            depth.last_update_id, depth.bids, depth.asks, received_ms, limit
        )


def _used_weight(headers: Any) -> int | None:
    told = str((headers or {}).get(WEIGHT_HEADER, ""))
    return int(told) if told.isdigit() else None
