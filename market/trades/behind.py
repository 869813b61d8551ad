"""Trades of ids that were released, with later times: perhaps the ids began anew. Pure.

They are kept until the exchange has said which ids it goes on with. Meanwhile no later trade is
released: ids that began anew may have passed ours.
"""

from market.dictionary.records import Trade
from market.trades.reported_ids import NEVER_MS


class TradesBehind:
    """Keeps one symbol's trades behind the last released one."""

    __slots__ = ("_kept", "_since_ms")

    def __init__(self) -> None:
        self._kept: dict[int, Trade] = {}
        self._since_ms = NEVER_MS

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, trade: Trade) -> None:
        """Keep a trade; a repeated one once."""
        self._kept.setdefault(trade.trade_id, trade)
        self._since_ms = min(self._since_ms, trade.event_time_ms)

    def hold(self, trade: Trade) -> bool:
        """Tell whether a later trade may be of the same new beginning and has to wait."""
        return trade.event_time_ms >= self._since_ms

    def are_known_to(self, newest_id: int) -> bool:
        """Tell whether an exchange with that newest id can have made any of them."""
        return bool(self._kept) and min(self._kept) <= newest_id

    def take(self) -> list[Trade]:
        """Return all in id order; none is kept any more."""
        kept = [self._kept[trade_id] for trade_id in sorted(self._kept)]
        self._kept, self._since_ms = {}, NEVER_MS
        return kept
