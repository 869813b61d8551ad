"""The highest trade id that anyone told of, and what an answer below it is worth: nothing.

Pure. Answers of the exchange come from several servers and caches, and one may be older than the
one before it. So an answer proves something only when it is not below what an earlier answer or a
frame has told. Whoever told of an id that does not exist is refuted by the trades themselves: ids
are consecutive and times never fall, so a trade with a lower id cannot be made after a higher one.
"""

from market.dictionary.records import Trade

SURELY_LATER_MS = 60_000
"""An id was told before the next question; this is more than our times of both may differ by."""

NEVER_MS = 1 << 62


class ToldIds:
    """Remembers the highest id that was told of one symbol.

    Args:
        top_id: the last id that is known, -1 for none.
    """

    __slots__ = ("_latest_ms", "top_id")

    def __init__(self, top_id: int) -> None:
        self.top_id = top_id
        self._latest_ms = NEVER_MS
        """The trade of the highest id cannot be later; not known at first."""

    def answer(self, newest_id: int, as_of_ms: int) -> bool:
        """Take an answer of the exchange; tell whether it may prove anything."""
        if newest_id < self.top_id:
            self._latest_ms = min(self._latest_ms, as_of_ms + SURELY_LATER_MS)
            return False
        if newest_id > self.top_id:
            self.top_id, self._latest_ms = newest_id, NEVER_MS
        return True

    def frame(self, trade: Trade) -> None:
        """Take a trade that the exchange published and does not know."""
        if trade.trade_id >= self.top_id:
            self.top_id, self._latest_ms = trade.trade_id, trade.event_time_ms

    def is_refuted_by(self, trade: Trade) -> bool:
        """Tell whether a new trade shows that the highest id was none."""
        return trade.trade_id < self.top_id and trade.event_time_ms > self._latest_ms
