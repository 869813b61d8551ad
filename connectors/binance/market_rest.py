"""The REST requests that every market of Binance answers: its symbols and its clock.

Blocking; needs a thread of its own. Every answer is checked before it is used.
"""

import threading
from typing import Annotated

import msgspec

from connectors.binance.rest_budget import QUESTION_PERCENT
from connectors.binance.rest_client import RestClient
from connectors.connect.clock import Clock
from market.dictionary.event_times import FIRST_EVENT_TIME_MS, LAST_EVENT_TIME_MS

SPOT_ROOT, USDM_ROOT = "/api/v3", "/fapi/v1"
SPOT_WEIGHT_LIMIT, USDM_WEIGHT_LIMIT = 6_000, 2_400
"""Request weight that an address may use in a clock minute."""


class _Symbol(msgspec.Struct, frozen=True):
    symbol: str


class _ExchangeInfo(msgspec.Struct, frozen=True):
    symbols: list[_Symbol]


class _Time(msgspec.Struct, frozen=True, rename="camel"):
    server_time: Annotated[int, msgspec.Meta(ge=FIRST_EVENT_TIME_MS, lt=LAST_EVENT_TIME_MS)]
    """A time in another unit is no answer, and is requested again."""


class MarketRest:
    """The requests that all markets have alike.

    Args:
        base_url: scheme and host.
        root: path of the market's endpoints.
        clock: measures waits.
        weight_limit: that an address may use in a clock minute.
        stopping: ends waiting when set.
    """

    def __init__(
        self, base_url: str, root: str, clock: Clock, weight_limit: int, stopping: threading.Event
    ) -> None:
        self._client = RestClient(base_url, root, clock, weight_limit, stopping)

    @property
    def used_weight(self) -> int:
        """Request weight of this minute as the last answer reported it."""
        return self._client.budget.used_weight

    def symbols(self) -> frozenset[str]:
        """Return every symbol that the exchange knows.

        Raises:
            RestError: there is no usable answer.
        """
        info = self._client.get("exchangeInfo", "exchangeInfo", _ExchangeInfo)
        return frozenset(entry.symbol for entry in info.symbols)

    def time_ms(self) -> int:
        """Return the exchange's clock, epoch milliseconds.

        Raises:
            RestError: there is no usable answer.
        """
        return self._client.get("time", "time", _Time, percent=QUESTION_PERCENT).server_time
