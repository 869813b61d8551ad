"""What speaks for and against a symbol's highest id: reported ids, and trades behind it. Pure.

Answers of the exchange come from several servers and caches, and one may be older than the one
before it. So an answer proves something only if it is not below what an earlier answer or a frame
has reported. A reported id that does not exist is refuted by the trades themselves: ids are
consecutive and times never fall, so a trade with a lower id cannot be made after a higher one.

Trades with ids that were released and later times may say that the ids restarted. They are kept
until the exchange has said with which ids it continues. Until then no later trade is released:
restarted ids may have passed ours.
"""

from market.dictionary.records import Trade

SURELY_LATER_MS = 60_000
"""An id was reported before the next request; our times of the two differ by less than this."""

NEVER_MS = 1 << 62


class ReportedIds:
    """Remembers the highest id that was reported for one symbol.

    Args:
        top_id: the last id that is known, -1 for none.
    """

    __slots__ = ("_latest_ms", "top_id")

    def __init__(self, top_id: int) -> None:
        self.top_id = top_id
        self._latest_ms = NEVER_MS
        """The trade with the highest id cannot be later than this; `NEVER_MS` while unknown."""

    def answer(self, newest_id: int, as_of_ms: int) -> bool:
        """Take an answer of the exchange; return whether it may prove anything."""
        if newest_id < self.top_id:
            self._latest_ms = min(self._latest_ms, as_of_ms + SURELY_LATER_MS)
            return False
        if newest_id > self.top_id:
            self.top_id, self._latest_ms = newest_id, NEVER_MS
        return True

    def frame(self, trade: Trade) -> None:
        """Take a trade that the exchange published although its answers do not know it."""
        if trade.trade_id >= self.top_id:
            self.top_id, self._latest_ms = trade.trade_id, trade.event_time_ms

    def is_refuted_by(self, trade: Trade) -> bool:
        """Return whether a new trade shows that the highest id does not exist."""
        return trade.trade_id < self.top_id and trade.event_time_ms > self._latest_ms


class TradesBehind:
    """Keeps one symbol's trades behind the last released one."""

    __slots__ = ("_kept", "_latest_ms", "_since_ms")

    def __init__(self) -> None:
        self._kept: dict[int, Trade] = {}
        self._since_ms, self._latest_ms = NEVER_MS, 0

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, trade: Trade) -> None:
        """Keep a trade; a repeated one is kept once."""
        self._kept.setdefault(trade.trade_id, trade)
        self._since_ms = min(self._since_ms, trade.event_time_ms)
        self._latest_ms = max(self._latest_ms, trade.event_time_ms)

    def holds_back(self, trade: Trade) -> bool:
        """Return whether a later trade may belong to the same restart and has to wait."""
        return trade.event_time_ms >= self._since_ms

    def has_later_than(self, as_of_ms: int) -> bool:
        """Return whether any was made after an answer of the exchange, which then shows nothing."""
        return self._latest_ms > as_of_ms

    def are_known_to(self, newest_id: int) -> bool:
        """Return whether an exchange with this newest id can have made any of them."""
        return bool(self._kept) and min(self._kept) <= newest_id

    def take(self) -> list[Trade]:
        """Return all in id order and forget them."""
        kept = [self._kept[trade_id] for trade_id in sorted(self._kept)]
        self._kept, self._since_ms, self._latest_ms = {}, NEVER_MS, 0
        return kept
