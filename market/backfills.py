"""What a trade sequence asks of the exchange's history, and the answer.

Values only: who fetches and how lives in the connectors.
"""

from dataclasses import dataclass

from market.records import Trade


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
class BackfillResult:
    """The answer to a request.

    Attributes:
        trades: what the exchange gave, source ``backfill``.
        failure: why fetching stopped before its end; empty when it did not.
    """

    request: BackfillRequest
    trades: tuple[Trade, ...]
    failure: str = ""
