"""The exchange's word where no later trade is proof: that a symbol has had none since.

Where bronze has no trade after a range, the exchange is asked for its clock and then for the
symbol's newest id. If bronze has that id, no later trade had been made by then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.binance.rest import SpotRest
from connectors.feeds.venue import RestError
from flows.shared.config import FlowConfig
from flows.shared.exchange import MARKET
from flows.shared.recomputation import Edges, edges
from market.touched_ranges import TouchedRange
from sql import statement
from stores.trino import query
from stores.trino_literals import instant, quoted

WORD_LAG_MS = 10_000
"""How far the exchange's history may lag behind its clock."""


@dataclass(frozen=True, slots=True)
class Tails:
    """What is known of the time after ranges.

    Attributes:
        around: the times of the trades before and after each range.
        proven_ms: by market and symbol, the instant before which the exchange has no trade after
            the newest one in bronze; only of symbols that it was asked for.
    """

    around: Edges = field(default_factory=dict)
    proven_ms: dict[tuple[str, str], int] = field(default_factory=dict)

    def is_proven(self, touched: TouchedRange) -> bool:
        """Return whether a later trade or the exchange's word proves a range to its end."""
        word_ms = self.proven_ms.get((touched.market, touched.symbol), 0)
        return self.around[touched][1] is not None or word_ms >= touched.to_time_ms


def tails_of(
    config: FlowConfig, rest: SpotRest | None, ranges: Iterable[TouchedRange]
) -> Tails:
    """Return what is known of the time after ranges.

    Args:
        config: of the run.
        rest: of the exchange; None when it may not be asked.
        ranges: in any order.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    listed = sorted(set(ranges))
    around = edges(config, listed) if listed else {}
    since_ms: dict[str, int] = {}
    for one in listed:
        before_ms, after_ms = around[one]
        if after_ms is None and one.market == MARKET:
            since_ms.setdefault(one.symbol, one.from_time_ms if before_ms is None else before_ms)
    if rest is None or not since_ms:
        return Tails(around)
    return Tails(around, _words(config, rest, since_ms))


def _words(
    config: FlowConfig, rest: SpotRest, since_ms: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """Return the instants before which the exchange has no trade that bronze lacks."""
    try:
        newest = rest.newest_ids(sorted(since_ms))
    except RestError:
        return {}
    # The exchange's clock was read before the ids, so trades after those ids are later than it.
    return {
        (MARKET, symbol): newest.as_of_ms - WORD_LAG_MS
        for symbol, trade_id in newest.ids.items()
        if trade_id is not None and trade_id == _newest_in_bronze(config, symbol, since_ms[symbol])
    }


def _newest_in_bronze(config: FlowConfig, symbol: str, since_ms: int) -> int | None:
    names = {
        "bronze": config.namespace.layer("bronze"),
        "market": quoted(MARKET),
        "symbol": quoted(symbol),
        "since": instant(since_ms),
    }
    ((trade_id,),) = query(config.trino_url, statement("flows/repair/newest.sql", names)).rows
    return None if trade_id is None else int(trade_id)
