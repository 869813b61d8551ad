"""Requests for the exchange's history, and the answers.

Values only: the connectors do the fetching.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from market.dictionary.records import Trade


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """Asks for a symbol's trades from `from_id` on.

    Attributes:
        to_id: last id wanted; None for everything up to the exchange's newest trade (a look-up).
    """

    symbol: str
    from_id: int
    to_id: int | None


@dataclass(frozen=True, slots=True)
class RefusedTrade:
    """A trade of the exchange's history that no column can hold; asking again brings the same one.

    Attributes:
        trade_id: -1 when it could not be read.
        reason: a short stable word for counting.
        payload: what was received, as text.
    """

    trade_id: int
    reason: str
    detail: str
    payload: str


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """The answer to a request.

    Attributes:
        trades: what the exchange gave, source ``backfill``.
        failure: why fetching stopped before its end; empty when it did not.
        refused: what else it gave, which cannot be stored.
    """

    request: BackfillRequest
    trades: tuple[Trade, ...]
    failure: str = ""
    refused: tuple[RefusedTrade, ...] = ()


@dataclass(frozen=True, slots=True)
class NewestIds:
    """The newest trade id of every symbol that was asked for.

    A requested symbol that is absent is gone from the exchange if `failure` is empty, and unknown
    otherwise.

    Attributes:
        as_of_ms: the exchange's clock before the ids were asked for, epoch milliseconds; no newer
            trade had been published by then.
        ids: by symbol; None when the symbol has made no trade in the last 24 hours.
        failure: why symbols are missing; empty when all were answered.
    """

    as_of_ms: int
    ids: Mapping[str, int | None]
    failure: str = ""
