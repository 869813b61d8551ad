"""What REST tells of every market of Binance: its symbols and its clock.

Blocking; belongs into a thread of its own. Every answer is checked before it is used.
"""

import threading

import msgspec
from binance.api import API

from connectors.binance.rest_budget import RestBudget
from connectors.binance.rest_client import TIMEOUT_S, RestClient, checked

SPOT_ROOT, USDM_ROOT = "/api/v3", "/fapi/v1"


class _Symbol(msgspec.Struct, frozen=True):
    symbol: str


class _ExchangeInfo(msgspec.Struct, frozen=True):
    symbols: list[_Symbol]


class _Time(msgspec.Struct, frozen=True, rename="camel"):
    server_time: int


class MarketRest(RestClient):
    """The requests that all markets have alike.

    Args:
        base_url: scheme and host.
        root: path of the market's endpoints.
        budget: shared by all that send from this task.
        stopping: ends waiting when set.
    """

    def __init__(
        self, base_url: str, root: str, budget: RestBudget, stopping: threading.Event
    ) -> None:
        super().__init__(budget, stopping)
        self._root = root
        self._api = API(base_url=base_url, timeout=TIMEOUT_S, show_limit_usage=True)

    def symbols(self) -> frozenset[str]:
        """Return every symbol that the exchange knows.

        Raises:
            RestError: there is no usable answer.
        """
        answer = self._request("exchangeInfo", lambda: self._query("exchangeInfo"))
        info = checked("exchangeInfo", answer, _ExchangeInfo)
        return frozenset(entry.symbol for entry in info.symbols)

    def time_ms(self) -> int:
        """Return the exchange's clock, epoch milliseconds.

        Raises:
            RestError: there is no usable answer.
        """
        answer = self._request("time", lambda: self._query("time"))
        return checked("time", answer, _Time).server_time

    def _query(self, endpoint: str, **parameters: object) -> object:
        answer: object = self._api.query(f"{self._root}/{endpoint}", parameters)
        return answer
