"""Frames that wait until the exchange has said what time it is.

Pure. When a frame is far ahead of the exchange's clock, either its time is wrong or our estimate of
the clock is stale: after our sleep, an outage, or in a fast replay. While REST is asked, the frame
and all that follow it wait here in order.
"""

from connectors.feeds.events import BookEvent, DepthReceived, TickerReceived
from connectors.feeds.exchange_clock import ExchangeClock

LONGEST_WAIT_S = 3.0
MAX_FRAMES = 20_000

Held = tuple[int, BookEvent, int]
"""Number of the connection, the event, and our clock when it was received."""


class HeldFrames:
    """Keeps frames in the order of arrival.

    Args:
        clock: says which frame is doubtful.
    """

    def __init__(self, clock: ExchangeClock) -> None:
        self._clock = clock
        self._kept: list[Held] = []
        self._since_s = 0.0

    def keeps(self, event: BookEvent, now_s: float) -> bool:
        """Return whether an event has to wait."""
        if self._kept:
            # Also when too many wait: a frame that overtook them would settle seconds that theirs
            # still change. The next tick ends the wait, so no more than a batch is added.
            return True
        if not isinstance(event, (DepthReceived, TickerReceived)):
            return False
        if not self._clock.doubts(event.publish_time_ms, now_s):
            return False
        self._since_s = now_s
        return True

    def put(self, connection: int, event: BookEvent, receive_time_ms: int) -> None:
        """Keep an event."""
        self._kept.append((connection, event, receive_time_ms))

    @property
    def doubtful_ms(self) -> int:
        """Publish time of the first held frame, the one that was doubted; 0 without any."""
        first = self._kept[0][1] if self._kept else None
        return first.publish_time_ms if isinstance(first, (DepthReceived, TickerReceived)) else 0

    def is_overdue(self, now_s: float) -> bool:
        """Return whether the exchange did not answer in time, or too many frames wait."""
        waited_s = now_s - self._since_s
        return bool(self._kept) and (waited_s >= LONGEST_WAIT_S or len(self._kept) >= MAX_FRAMES)

    def take(self) -> list[Held]:
        """Return the held frames in order and forget them."""
        kept, self._kept = self._kept, []
        return kept
