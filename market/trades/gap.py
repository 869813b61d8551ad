"""A gap in a symbol's trade ids, and the events that report it.

Values only; `market.trades.sequence` decides when a gap opens, closes or is left.
"""

from dataclasses import dataclass

from market.dictionary.feed_events import FeedEvent, FeedEventKind


@dataclass(frozen=True, slots=True)
class TradeGap:
    """Consecutive ids that are missing, and the times of the trades around them.

    Attributes:
        stream: the exchange's name of the symbol's trade stream.
        from_time_ms: event time of the trade before the gap; `to_time_ms` of the one after it.
    """

    market: str
    symbol: str
    stream: str
    from_id: int
    to_id: int
    from_time_ms: int
    to_time_ms: int

    @property
    def size(self) -> int:
        """How many ids are missing."""
        return self.to_id - self.from_id + 1

    def found(self, found_id: int, receive_time_ms: int) -> FeedEvent:
        """Report that the gap has opened: `found_id` came instead of its first id."""
        detail = f"expected trade id {self.from_id}, found {found_id}"
        return self._event(FeedEventKind.GAP_FOUND, detail, receive_time_ms)

    def repaired(self, receive_time_ms: int) -> FeedEvent:
        """Report that all of its trades have come after all."""
        detail = f"all {self.size} trades from id {self.from_id} on have come"
        return self._event(FeedEventKind.GAP_REPAIRED, detail, receive_time_ms)

    def left(self, reason: str, receive_time_ms: int) -> FeedEvent:
        """Report that its trades are given up for now, and why."""
        detail = f"{self.size} trades from id {self.from_id} on are missing: {reason}"
        return self._event(FeedEventKind.GAP_LEFT, detail, receive_time_ms)

    def _event(self, kind: FeedEventKind, detail: str, receive_time_ms: int) -> FeedEvent:
        return FeedEvent(
            market=self.market,
            symbol=self.symbol,
            event=kind,
            detail=f"{self.stream}: {detail}",
            event_time_ms=self.from_time_ms,
            receive_time_ms=receive_time_ms,
            stream=self.stream,
            from_id=self.from_id,
            to_id=self.to_id,
            from_time_ms=self.from_time_ms,
            to_time_ms=self.to_time_ms,
        )
