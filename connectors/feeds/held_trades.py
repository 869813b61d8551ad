"""Trades whose times are far ahead of the exchange's clock, held until something confirms them.

Pure. One wrong time would close every window up to it. So such a trade waits until another one or
the exchange's answer shows that the clock is that far; otherwise it is refused. Order does not
matter: its sequence holds later ids until this one is released or fetched by REST.
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
    """Keeps each trade once, whichever connections deliver it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Held] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def is_full(self) -> bool:
        """True when no more can be kept."""
        return len(self._kept) >= MAX_TRADES

    def put(self, one: Held) -> None:
        """Keep a trade; the same one from another connection is no second witness."""
        self._kept.setdefault((one.event.symbol, one.event.trade_id), one)

    def shown_ms(self, until_ms: int) -> int:
        """Return the latest instant that two held trades show, 0 when no two do.

        Args:
            until_ms: later times show nothing, however many trades have them.
        """
        kept = (one.event.publish_time_ms for one in self._kept.values())
        times = sorted(time_ms for time_ms in kept if time_ms <= until_ms)
        return times[-2] if len(times) > 1 else 0

    def take(self) -> list[Held]:
        """Return all in order of arrival and forget them."""
        kept, self._kept = list(self._kept.values()), {}
        return kept

    def take_overdue(self, now_s: float) -> list[Held]:
        """Return those that were not confirmed in time, and forget them."""
        overdue = [one for one in self._kept.values() if now_s - one.since_s >= LONGEST_WAIT_S]
        for one in overdue:
            del self._kept[one.event.symbol, one.event.trade_id]
        return overdue
