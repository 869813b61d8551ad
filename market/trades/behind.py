"""Trades with ids that were released and later times: perhaps the ids restarted. Pure.

They are kept until the exchange has said with which ids it continues. Until then no later trade is
released: restarted ids may have passed ours.
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
        """Keep a trade; a repeated one is kept once."""
        self._kept.setdefault(trade.trade_id, trade)
        self._since_ms = min(self._since_ms, trade.event_time_ms)

    def holds_back(self, trade: Trade) -> bool:
        """Return whether a later trade may belong to the same restart and has to wait."""
        return trade.event_time_ms >= self._since_ms

    def are_known_to(self, newest_id: int) -> bool:
        """Return whether an exchange with this newest id can have made any of them."""
        return bool(self._kept) and min(self._kept) <= newest_id

    def take(self) -> list[Trade]:
        """Return all in id order and forget them."""
        kept = [self._kept[trade_id] for trade_id in sorted(self._kept)]
        self._kept, self._since_ms = {}, NEVER_MS
        return kept
