"""The trades of the exchange's history, page by page, within its request weight.

By `historicalTrades` only: it gives single trades by id. `aggTrades` merges neighbouring trades of
one order, so it cannot give single ids; it finds the id of an instant.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.binance.rest import SpotRest
from market.dictionary.records import Trade
from market.trades.backfills import NewestIds

MARKET = "binance-spot"
"""Whose history is read here."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer of the exchange holds of the ids that were asked for.

    Attributes:
        trades: in id order.
        refused: why a trade cannot be stored, by id; asking again brings it again.
    """

    trades: Sequence[Trade]
    refused: Mapping[int, str]


class TradeHistory:
    """The history of `MARKET`.

    Args:
        rest: asks the exchange, and waits when its weight limit is reached.
    """

    def __init__(self, rest: SpotRest) -> None:
        self._rest = rest

    def symbols(self) -> frozenset[str]:
        """Return every symbol that the exchange knows.

        Raises:
            RestError: there is no usable answer.
        """
        return self._rest.symbols()

    def pages(self, symbol: str, ids: range) -> Iterator[Page]:
        """Yield the trades of ids that the exchange has, in order; it may lack any of them.

        Raises:
            RestError: there is no usable answer.
        """
        next_id = ids.start
        while next_id < ids.stop:
            limit = min(self._rest.page_trades, ids.stop - next_id)
            page = self._rest.history_page(symbol, next_id, limit)
            if not page:
                return
            yield Page(
                [trade for trade in page.trades if trade.trade_id in ids],
                {
                    one.trade_id: f"{one.reason}: {one.detail}"
                    for one in page.refused
                    if one.trade_id in ids
                },
            )
            next_id = max(page.next_id, next_id + 1)

    def first_id(self, symbol: str, start_ms: int) -> int | None:
        """Return the id of the first trade at or after an instant; None when there is none yet.

        Raises:
            RestError: there is no usable answer.
        """
        return self._rest.first_trade_id(symbol, start_ms)

    def newest_id(self, symbol: str) -> int | None:
        """Return the id of the newest trade; None when there is none yet.

        Raises:
            RestError: there is no usable answer.
        """
        return self._rest.newest_trade_id(symbol)

    def newest_ids(self, symbols: Sequence[str]) -> NewestIds:
        """Return the newest id of each symbol, and the exchange's time before it was asked.

        Raises:
            RestError: there is no usable answer.
        """
        return self._rest.newest_ids(symbols)
