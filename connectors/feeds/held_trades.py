"""Trades whose times are far ahead of the exchange's clock, until somebody else says so too.

Pure. One wrong time would close every window up to there. So such a trade waits until another one
or the exchange's answer shows the clock to be that far; else it is refused. Order does not matter:
what comes after it is held by its id until it is here, or until REST has given it.
"""

from dataclasses import dataclass

from connectors.feeds.events import TradeReceived

LONGEST_WAIT_S = 5.0
MAX_TRADES = 20_000


@dataclass(frozen=True, slots=True)
class Held:
    """One trade that waits; `receive_time_ms` is our clock, `since_s` is monotonic."""

    connection: int
    event: TradeReceived
    receive_time_ms: int
    since_s: float


class HeldTrades:
    """Keeps each trade once, whichever connections bring it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Held] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def is_full(self) -> bool:
        """True when no more can be kept."""
        return len(self._kept) >= MAX_TRADES

    def put(self, one: Held) -> None:
        """Keep a trade; the same one of another connection is no second witness."""
        self._kept.setdefault((one.event.symbol, one.event.trade_id), one)

    def shown_ms(self, until_ms: int) -> int:
        """Return the latest instant that two of them show, 0 when no two do.

        Args:
            until_ms: what is later than this shows nothing, however many say so.
        """
        kept = (one.event.publish_time_ms for one in self._kept.values())
        times = sorted(time_ms for time_ms in kept if time_ms <= until_ms)
        return times[-2] if len(times) > 1 else 0

    def take(self) -> list[Held]:
        """Return all, in the order of arrival; nothing waits any more."""
        kept, self._kept = list(self._kept.values()), {}
        return kept

    def take_overdue(self, now_s: float) -> list[Held]:
        """Return those that nobody confirmed in time."""
        overdue = [one for one in self._kept.values() if now_s - one.since_s >= LONGEST_WAIT_S]
        for one in overdue:
            del self._kept[one.event.symbol, one.event.trade_id]
        return overdue
