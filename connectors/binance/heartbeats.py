"""When a heartbeat is due, and which time it may tell.

Pure. A heartbeat that repeats its time is still sent: without one a partition would be taken for
idle and its windows would close on the time of others.
"""

from collections.abc import Iterable

from market.records import Heartbeat
from market.trade_sequence import TradeSequence


class Heartbeats:
    """Makes the heartbeats of one market.

    Args:
        market: such as ``binance-spot``.
        interval_s: between two of them, in seconds.
    """

    def __init__(self, market: str, interval_s: float) -> None:
        self._market = market
        self._interval_s = interval_s
        self._due_s = 0.0
        self._last_time_ms = 0

    def next(
        self,
        sequences: Iterable[TradeSequence],
        connection_time_ms: int,
        receive_time_ms: int,
        now_s: float,
    ) -> Heartbeat | None:
        """Return the heartbeat that is due now, None while none is or no time is proven.

        Args:
            sequences: of every symbol; the least proven one decides.
            connection_time_ms: 0 while disconnected.
            receive_time_ms: our clock, epoch milliseconds.
            now_s: monotonic seconds.
        """
        if now_s < self._due_s or not connection_time_ms:
            return None
        self._due_s = now_s + self._interval_s
        proven_ms = min(sequence.proven_time_ms(connection_time_ms) for sequence in sequences)
        self._last_time_ms = max(self._last_time_ms, proven_ms)
        if not self._last_time_ms:
            return None
        return Heartbeat(self._market, self._last_time_ms, receive_time_ms)
