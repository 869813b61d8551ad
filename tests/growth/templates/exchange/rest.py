"""Nano's REST. Blocking; each client belongs to one thread."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import requests
from connectors.nano.protocol import TradeFrame

from connectors.connect.clock import Clock
from connectors.feeds.events import taker_side
from connectors.feeds.messages import SnapshotAnswer
from connectors.feeds.venue import Endpoints, HistoryPage, RestError
from market.books.depth_updates import BookSnapshot
from market.dictionary.records import Trade
from market.trades.backfills import NewestIds

MARKET = "nano-spot"


class NanoRest:
    """Every request of trades and books."""

    page_trades = 50
    used_weight = 0

    def __init__(self, endpoints: Endpoints, clock: Clock, stopping: threading.Event) -> None:
        self._url = endpoints.rest_url
        self._clock = clock
        self._stopping = stopping

    def symbols(self) -> frozenset[str]:
        """Return every symbol that the exchange knows."""
        return frozenset(self._get("symbols", {}))

    def time_ms(self) -> int:
        """Return the exchange's clock, epoch milliseconds."""
        return int(self._get("time", {}))

    def newest_ids(self, symbols: Sequence[str]) -> NewestIds:
        """Return each symbol's newest trade id, and the exchange's time before it was asked."""
        as_of_ms = self.time_ms()
        return NewestIds(as_of_ms, self._get("newest", {"symbols": ",".join(symbols)}))

    def history_page(self, symbol: str, from_id: int, limit: int) -> HistoryPage:
        """Return up to `limit` trades in id order, the first being `from_id` or after it."""
        rows = self._get("trades", {"symbol": symbol, "from": from_id, "limit": limit})
        trades = tuple(self._trade(msgspec.convert(row, TradeFrame)) for row in rows)
        return HistoryPage(trades, (), trades[-1].trade_id + 1 if trades else from_id)

    def snapshot(self, symbol: str, limit: int, epoch: int) -> SnapshotAnswer:
        """Return the best levels of a book, or why there are none."""
        try:
            found = self._get("book", {"symbol": symbol, "limit": limit})
        except RestError as error:
            return SnapshotAnswer(symbol, epoch, failure=str(error))
        received_ms = self._clock.time_ms()
        levels = [[tuple(level) for level in found[side]] for side in ("bids", "asks")]
        snapshot = BookSnapshot.from_wire(found["last"], *levels, received_ms, limit)
        return SnapshotAnswer(symbol, epoch, snapshot, used_weight=1)

    def _trade(self, row: TradeFrame) -> Trade:
        side = taker_side(buyer_is_maker=row.maker_buys)
        now_ms = self._clock.time_ms()
        return Trade(
            MARKET, row.symbol, row.id, row.price, row.size, side, row.time, now_ms, "backfill", 0
        )

    def _get(self, path: str, parameters: Mapping[str, object]) -> Any:
        try:
            answer = requests.get(f"{self._url}/{path}", params=dict(parameters), timeout=5)
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError) as error:
            raise RestError(f"nano REST {path}: {error}") from error
