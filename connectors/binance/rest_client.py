"""One REST client of Binance: requests with retries, orders to wait, checked answers.

Blocking; belongs into a thread of its own. Which requests there are is told elsewhere.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import requests
from binance.error import ClientError, ServerError

from connectors.binance.rest_budget import RestBudget
from connectors.runtime.backoff import Backoff
from market.errors import TidemarkError

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


class RequestRefusedError(RestError):
    """A request that the exchange understood and refused; asking again changes nothing.

    Args:
        text: which request, how it was refused, and what to do.
        status: of HTTP.
        code: the exchange's own; None when it gave none.
    """

    def __init__(self, text: str, status: int, code: int | None) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class RestClient:
    """Sends requests within a budget.

    Args:
        budget: shared by all that send from this task.
        stopping: ends waiting when set.
    """

    def __init__(self, budget: RestBudget, stopping: threading.Event) -> None:
        self._budget = budget
        self._stopping = stopping

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
                failure = f"{type(error).__name__}: {words(error)}"
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
        refusal = f"HTTP {error.status_code}, code {error.error_code}: {error.error_message}"
        if error.status_code not in RATE_LIMITED:
            raise RequestRefusedError(
                f"REST {what}: refused with {refusal}; correct the request",
                error.status_code,
                error.error_code,
            ) from error
        self._budget.retry_after(retry_after_s(error))
        return refusal

    def _wait(self, what: str, seconds: float) -> None:
        if seconds > LONGEST_WAIT_S:
            raise RestError(
                f"REST {what}: the exchange wants no request for {seconds:.0f} s; use fewer "
                "symbols, or fewer programs behind this address"
            )
        if self._stopping.wait(seconds):
            raise RestError(f"REST {what}: not sent, the task is stopping")


def checked(what: str, answer: object, shape: type[Answer]) -> Answer:
    """Return an answer in its documented shape.

    Raises:
        RestError: it has another one.
    """
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise RestError(
            f"REST {what}: expected the documented answer: {error}; found {str(answer)[:200]!r}"
        ) from error


def retry_after_s(error: ClientError) -> float:
    """Return how long a refusal asks us to stay away, in seconds."""
    told = str((error.header or {}).get("Retry-After", ""))
    return float(told) if told.isdigit() else DEFAULT_RETRY_AFTER_S


def words(error: Exception) -> str:
    """Return a short text of an error, with the HTTP status if it has one."""
    message = getattr(error, "message", "") or error
    return f"{getattr(error, 'status_code', '')} {message}".strip()[:300]
