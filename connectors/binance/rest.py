"""Binance spot REST, over the exchange's own client library: the trade history and its candles.

Blocking; belongs into a thread of its own. Every answer is checked before it is used.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import msgspec

from connectors.binance.history_page import read_page
from connectors.binance.market_rest import SPOT_ROOT, SPOT_WEIGHT_LIMIT, MarketRest
from connectors.binance.newest_ids import find_newest_ids
from connectors.binance.rest_budget import QUESTION_PERCENT
from connectors.binance.rest_client import RestClient
from connectors.connect.clock import Clock
from connectors.feeds.venue import Endpoints, HistoryPage
from market.trades.backfills import NewestIds

PAGE_TRADES = 1_000
"""The exchange's maximum of one historicalTrades call."""

MARKET = "binance-spot"

PAGE_KLINES = 1_000
"""The exchange's maximum of one klines call."""


DecimalText = Annotated[str, msgspec.Meta(pattern=r"\A-?[0-9]+(\.[0-9]+)?\Z")]
"""A number as the exchange writes it, and no other way."""


class HistoricalTrade(msgspec.Struct, frozen=True, rename="camel"):
    """One trade as historicalTrades gives it; `time` is the match time in milliseconds."""

    id: int
    price: str
    qty: str
    time: int
    is_buyer_maker: bool


class _SingleTrade(msgspec.Struct, frozen=True):
    """Of a trade only the id is read: whatever else it holds, there is a trade of that id."""

    id: int


class _AggregateTrade(msgspec.Struct, frozen=True, rename={"first_trade_id": "f"}):
    """Neighbouring trades of one order at one price; of its ids only the first one is read."""

    first_trade_id: int


class Kline(msgspec.Struct, frozen=True, array_like=True):
    """One candle as klines gives it, with its own order of values.

    Attributes:
        open_time: first instant, epoch milliseconds; `close_time` is the last one.
        volume: base; quote amounts are cut to eight decimals by the exchange.
    """

    open_time: int
    open: DecimalText
    high: DecimalText
    low: DecimalText
    close: DecimalText
    volume: DecimalText
    close_time: int
    quote_volume: DecimalText
    trade_count: int
    taker_buy_volume: DecimalText
    taker_buy_quote_volume: DecimalText


class SpotRest(MarketRest):
    """The requests that connectors and flows make.

    Args:
        endpoints: base addresses.
        clock: measures waits.
        stopping: ends waiting when set.
    """

    page_trades = PAGE_TRADES

    def __init__(self, endpoints: Endpoints, clock: Clock, stopping: threading.Event) -> None:
        common = (SPOT_ROOT, clock, SPOT_WEIGHT_LIMIT, stopping)
        super().__init__(endpoints.rest_url, *common)
        self._history = RestClient(endpoints.history_url, *common)
        self._clock = clock

    def historical_trades(self, symbol: str, from_id: int, limit: int) -> list[HistoricalTrade]:
        """Return up to `limit` trades in id order, the first one being `from_id` or after it.

        Raises:
            RestError: there is no usable answer.
        """
        parameters = {"symbol": symbol, "fromId": from_id, "limit": limit}
        what = f"historicalTrades {symbol} from id {from_id}"
        return self._history.get(what, "historicalTrades", list[HistoricalTrade], parameters)

    def history_page(self, symbol: str, from_id: int, limit: int) -> HistoryPage:
        """Return up to `limit` trades in id order, the first being `from_id` or after it.

        A row that no trade can be made of is refused alone.

        Raises:
            RestError: there is no usable answer.
        """
        parameters = {"symbol": symbol, "fromId": from_id, "limit": limit}
        what = f"historicalTrades {symbol} from id {from_id}"
        rows = self._history.get(what, "historicalTrades", list[object], parameters)
        return read_page(MARKET, symbol, from_id, rows, self._clock.time_ms())

    def first_trade_id(self, symbol: str, start_ms: int) -> int | None:
        """Return the id of the first trade at or after an instant, None when there is none.

        Aggregates can be asked for by time, single trades cannot; they are of no other use here,
        because one aggregate may stand for several ids.

        Args:
            symbol: upper case.
            start_ms: epoch milliseconds.

        Raises:
            RestError: there is no usable answer.
        """
        parameters = {"symbol": symbol, "startTime": start_ms, "limit": 1}
        what = f"aggTrades {symbol} from {start_ms} ms"
        found = self._history.get(what, "aggTrades", list[_AggregateTrade], parameters)
        return found[0].first_trade_id if found else None

    def newest_trade_id(self, symbol: str) -> int | None:
        """Return the id of the newest trade, None when there is none.

        Raises:
            RestError: there is no usable answer.
        """
        parameters = {"symbol": symbol, "limit": 1}
        what = f"historicalTrades {symbol}, the newest"
        found = self._history.get(what, "historicalTrades", list[_SingleTrade], parameters)
        return found[-1].id if found else None

    def newest_ids(self, symbols: Sequence[str]) -> NewestIds:
        """Return the newest trade id of each symbol, and the exchange's time before it was asked.

        Args:
            symbols: upper case.

        Raises:
            RestError: the exchange does not report its time.
        """
        as_of_ms = self.time_ms()
        return replace(find_newest_ids(symbols, self._tickers), as_of_ms=as_of_ms)

    def _tickers(self, symbols: Sequence[str]) -> list[object]:
        """Return the small 24 h tickers of some symbols, of all when none is named."""
        what = f"ticker/24hr {','.join(symbols) or 'of all symbols'}"
        parameters = {"type": "MINI"}
        if symbols:
            parameters["symbols"] = msgspec.json.encode(symbols).decode()
        return self._client.get(what, "ticker/24hr", list[object], parameters, QUESTION_PERCENT)

    def klines(
        self, symbol: str, interval: str, start_ms: int, end_ms: int, limit: int = PAGE_KLINES
    ) -> list[Kline]:
        """Return the first candles that open from one instant until before another.

        Args:
            symbol: upper case.
            interval: such as ``1m``.
            start_ms: epoch milliseconds.
            end_ms: epoch milliseconds, exclusive.
            limit: at most so many, of `PAGE_KLINES` at most.

        Raises:
            RestError: there is no usable answer.
        """
        parameters = {
            "symbol": symbol,
            "interval": interval,
            "startTime": start_ms,
            "endTime": end_ms - 1,
            "limit": limit,
        }
        what = f"klines {symbol} {interval} from {start_ms}"
        return self._client.get(what, "klines", list[Kline], parameters)
