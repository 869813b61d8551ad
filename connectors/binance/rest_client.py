"""One REST client of a host of Binance: requests with retries, orders to wait, checked answers.

Blocking; needs a thread of its own. Callers know which requests there are. A 200 whose content is
not the documented one, such as a proxy's page, is requested again like any failure.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import requests
from binance.api import API
from binance.error import ClientError, ServerError

from connectors.binance.rest_budget import HISTORY_PERCENT, budget_of
from connectors.binance.rest_refusals import RATE_LIMITED, is_passing, order_to_wait_s
from connectors.connect.backoff import Backoff
from connectors.connect.clock import Clock
from connectors.feeds.venue import RestError

TIMEOUT_S = 10
ATTEMPTS = 4
LONGEST_WAIT_S = 90.0
"""Longer orders to wait are bans: the caller gets an error instead of waiting."""

WAITS = 3
"""How often orders to other programs may extend a wait before it counts as a ban, too."""

WEIGHT_HEADER = "x-mbx-used-weight-1m"

Answer = TypeVar("Answer")


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


class BannedError(RestError):
    """The exchange wants no request for longer than a caller can be kept waiting.

    Args:
        what: the request that was not sent.
        seconds: how long the ban lasts from now on.
    """

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(
            f"REST {what}: the exchange wants no request for {seconds:.0f} s; use fewer symbols, "
            "or fewer programs behind this address"
        )
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from the exchange, not yet checked.

    Attributes:
        used_weight: of this minute as it reported; None when it did not.
    """

    content: object
    used_weight: int | None


class RestClient:
    """Sends requests to one host within the budget that all of this process share.

    Args:
        base_url: scheme and host.
        root: path of the market's endpoints.
        clock: the machine's, or a test's.
        weight_limit: that an address may use in a clock minute.
        stopping: ends waiting when set.
    """

    def __init__(
        self, base_url: str, root: str, clock: Clock, weight_limit: int, stopping: threading.Event
    ) -> None:
        self.budget = budget_of(base_url, root, clock, weight_limit)
        self._root = root
        self._api = _Api(base_url=base_url, timeout=TIMEOUT_S, show_limit_usage=True)
        self._clock = clock
        self._stopping = stopping

    def get(
        self,
        what: str,
        endpoint: str,
        shape: type[Answer],
        parameters: Mapping[str, object] | None = None,
        percent: int = HISTORY_PERCENT,
    ) -> Answer:
        """Return the answer to a request, asking again while it may help.

        Args:
            what: the request in words, for errors.
            endpoint: its name, such as ``time``.
            shape: that the answer must have.
            parameters: of the query.
            percent: of the weight limit that others may have used before.

        Raises:
            BannedError: the exchange must not be asked for a while.
            RequestRefusedError: it refused this very request.
            RestError: there is no usable answer.
        """
        backoff = Backoff(0.25, 4.0)
        failure = ""
        for _ in range(ATTEMPTS):
            self._await_turn(what, percent)
            try:
                return checked(self.ask(endpoint, parameters).content, shape)
            except ClientError as error:
                failure = self._refused(what, error)
                if error.status_code in RATE_LIMITED:
                    continue
            except (ServerError, requests.RequestException, msgspec.ValidationError) as error:
                failure = f"{type(error).__name__}: {words(error)}"
            self._wait(what, backoff.next_delay_s())
        raise RestError(
            f"REST {what}: no answer after {ATTEMPTS} attempts, the last one: {failure}; check the "
            "exchange's address and status"
        )

    def ask(self, endpoint: str, parameters: Mapping[str, object] | None = None) -> Reply:
        """Return the reply to a request that is sent once and at once.

        Raises:
            ClientError: it was refused; an order to wait in it is kept by the budget.
            ServerError: the exchange could not answer.
            RequestException: nothing came back, or nothing that can be read.
        """
        try:
            answer: Any = self._api.query(f"{self._root}/{endpoint}", dict(parameters or {}))
        except RecursionError as error:
            raise requests.exceptions.InvalidJSONError(f"nested too deep: {error}") from None
        except ClientError as error:
            self._note(used_weight(error.header))
            if error.status_code in RATE_LIMITED:
                self.budget.retry_after(order_to_wait_s(error, self._clock.time_ms()))
            raise
        reply = Reply(answer["data"], used_weight(answer["limit_usage"]))
        self._note(reply.used_weight)
        return reply

    def _note(self, weight: int | None) -> None:
        if weight is not None:
            self.budget.used(weight)

    def _refused(self, what: str, error: ClientError) -> str:
        """Return the words of a refusal; one that is ours to correct ends the request."""
        refusal = f"HTTP {error.status_code}, code {error.error_code}: {words(error)}"
        if error.status_code in RATE_LIMITED or is_passing(error):
            return refusal
        raise RequestRefusedError(
            f"REST {what}: refused with {refusal}; correct the request",
            error.status_code,
            error.error_code,
        ) from error

    def _await_turn(self, what: str, percent: int) -> None:
        for _ in range(WAITS):
            seconds = self.budget.wait_s(percent)
            self._wait(what, seconds)
            if seconds <= 0:
                return
        raise BannedError(what, seconds)

    def _wait(self, what: str, seconds: float) -> None:
        if seconds > LONGEST_WAIT_S:
            raise BannedError(what, seconds)
        if self._stopping.wait(seconds):
            raise RestError(f"REST {what}: not sent, the task is stopping")


class _Api(API):  # type: ignore[misc]
    """The exchange's own client, which reads error objects of any form without failing itself."""

    def _handle_exception(self, response: requests.Response) -> None:
        status = response.status_code
        if status < 400:
            return
        if status >= 500:
            raise ServerError(status, response.text)
        try:
            refusal = msgspec.json.decode(response.content, type=_Refusal)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            refusal = _Refusal(None, response.text)
        raise ClientError(status, refusal.code, refusal.msg, response.headers, None)


class _Refusal(msgspec.Struct, frozen=True):
    code: int | None = None
    msg: str = ""


def checked(answer: object, shape: type[Answer]) -> Answer:
    """Return an answer in its documented shape.

    Raises:
        ValidationError: it has another one; says what was found.
    """
    try:
        return msgspec.convert(answer, shape)
    except (msgspec.ValidationError, RecursionError) as error:
        raise msgspec.ValidationError(
            f"expected the documented answer: {error}; found {_beginning(answer)}"
        ) from error


def _beginning(answer: object) -> str:
    try:
        return repr(str(answer)[:200])
    except RecursionError:
        return "what is nested too deep"


def used_weight(headers: Mapping[str, str] | None) -> int | None:
    """Return the weight of this minute as an answer reported it; None when it did not."""
    reported = str((headers or {}).get(WEIGHT_HEADER, ""))
    return int(reported) if reported.isascii() and reported.isdecimal() else None


def words(error: Exception) -> str:
    """Return a short text of an error, with the HTTP status of a server's error."""
    if isinstance(error, ClientError):
        return str(error.error_message)[:300]
    if isinstance(error, ServerError):
        return f"{error.status_code} {error.message}"[:300]
    return str(error)[:300]
