"""Binance spot REST, over the exchange's own client library: symbols, time, trade history.

Blocking; belongs into a thread of its own. Every answer is checked before it is used.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import requests
from binance.error import ClientError, ServerError
from binance.spot import Spot

from connectors.binance.endpoints import Endpoints
from connectors.binance.rest_budget import RestBudget
from connectors.runtime.backoff import Backoff
from market.errors import TidemarkError

PAGE_TRADES = 1_000
"""The exchange's maximum of one historicalTrades call."""

TIMEOUT_S = 10
ATTEMPTS = 4
LONGEST_WAIT_S = 90.0
"""Longer orders to wait are bans; the caller is told instead of being kept."""

RATE_LIMITED = (418, 429)
DEFAULT_RETRY_AFTER_S = 10.0
WEIGHT_HEADER = "x-mbx-used-weight-1m"

Answer = TypeVar("Answer")


class RestError(TidemarkError):
    """A request that failed in spite of retries; says which, how, and what to do."""


class _Symbol(msgspec.Struct, frozen=True):
    symbol: str


class _ExchangeInfo(msgspec.Struct, frozen=True):
    symbols: list[_Symbol]


class _Time(msgspec.Struct, frozen=True, rename="camel"):
    server_time: int


class HistoricalTrade(msgspec.Struct, frozen=True, rename="camel"):
    """One trade as historicalTrades gives it; `time` is the match time in milliseconds."""

    id: int
    price: str
    qty: str
    time: int
    is_buyer_maker: bool


class SpotRest:
    """The requests that the connector makes.

    Args:
        endpoints: base addresses.
        budget: shared by all that send from this process.
        stopping: ends waiting when set.
    """

    def __init__(self, endpoints: Endpoints, budget: RestBudget, stopping: threading.Event) -> None:
        self._data = _client(endpoints.rest_url)
        self._history = _client(endpoints.history_url)
        self._budget = budget
        self._stopping = stopping

    def symbols(self) -> frozenset[str]:
        """Return every symbol that the exchange knows.

        Raises:
            RestError: there is no usable answer.
        """
        answer = self._request("exchangeInfo", self._data.exchange_info)
        info = _checked("exchangeInfo", answer, _ExchangeInfo)
        return frozenset(entry.symbol for entry in info.symbols)

    def time_ms(self) -> int:
        """Return the exchange's clock, epoch milliseconds.

        Raises:
            RestError: there is no usable answer.
        """
        return _checked("time", self._request("time", self._data.time), _Time).server_time

    def historical_trades(self, symbol: str, from_id: int, limit: int) -> list[HistoricalTrade]:
        """Return up to `limit` trades in id order, the first one being `from_id` or after it.

        Raises:
            RestError: there is no usable answer.
        """
        what = f"historicalTrades {symbol} from id {from_id}"
        answer = self._request(
            what,
            lambda: self._history.historical_trades(symbol, fromId=from_id, limit=limit),
        )
        return _checked(what, answer, list[HistoricalTrade])

    def _request(self, what: str, call: Callable[[], Any]) -> object:
        backoff = Backoff(0.25, 4.0)
        failure = ""
        for _ in range(ATTEMPTS):
            self._wait(what, self._budget.wait_s())
            try:
                return self._answer(call)
            except ClientError as error:
                failure = self._refused(what, error)
            except (ServerError, requests.RequestException, KeyError) as error:
                failure = f"{type(error).__name__}: {_words(error)}"
                self._wait(what, backoff.next_delay_s())
        raise RestError(
            f"REST {what}: no answer after {ATTEMPTS} attempts, the last one: {failure}; check the "
            "exchange's address and status"
        )

    def _answer(self, call: Callable[[], Any]) -> object:
        answer = call()
        self._budget.used(int(answer["limit_usage"].get(WEIGHT_HEADER, 0)))
        content: object = answer["data"]
        return content

    def _refused(self, what: str, error: ClientError) -> str:
        """Obey an order to wait; any other refusal is ours to correct."""
        words = f"HTTP {error.status_code}, code {error.error_code}: {error.error_message}"
        if error.status_code not in RATE_LIMITED:
            raise RestError(f"REST {what}: refused with {words}; correct the request") from error
        retry_after = str((error.header or {}).get("Retry-After", ""))
        self._budget.retry_after(
            float(retry_after) if retry_after.isdigit() else DEFAULT_RETRY_AFTER_S
        )
        return words

    def _wait(self, what: str, seconds: float) -> None:
        if seconds > LONGEST_WAIT_S:
            raise RestError(
                f"REST {what}: the exchange wants no request for {seconds:.0f} s; use fewer "
                "symbols, or fewer programs behind this address"
            )
        if self._stopping.wait(seconds):
            raise RestError(f"REST {what}: not sent, the task is stopping")


def _client(base_url: str) -> Spot:
    return Spot(base_url=base_url, timeout=TIMEOUT_S, show_limit_usage=True)


def _checked(what: str, answer: object, shape: type[Answer]) -> Answer:
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise RestError(
            f"REST {what}: expected the documented answer: {error}; found {str(answer)[:200]!r}"
        ) from error


def _words(error: Exception) -> str:
    message = getattr(error, "message", "") or error
    return f"{getattr(error, 'status_code', '')} {message}".strip()[:300]
