"""Streams that were subscribed and never sent a frame: an acknowledgement proves nothing."""

from collections.abc import Iterable


class StreamSilence:
    """Finds streams that stay silent for too long after a connection came up.

    Args:
        symbols: whose streams are subscribed.
        limit_s: silence that is reported, in seconds.
    """

    def __init__(self, symbols: Iterable[str], limit_s: float) -> None:
        self._unheard = set(symbols)
        self._limit_s = limit_s
        self._since_s: float | None = None

    def on_connected(self, now_s: float) -> None:
        """Note a new connection."""
        self._since_s = now_s

    def on_disconnected(self) -> None:
        """Note that nothing can be received now."""
        self._since_s = None

    def on_frame(self, symbol: str) -> None:
        """Note a frame of a symbol."""
        self._unheard.discard(symbol)

    def overdue(self, now_s: float) -> list[str]:
        """Return the symbols to report now, each once."""
        if not self._unheard or self._since_s is None or now_s - self._since_s < self._limit_s:
            return []
        silent = sorted(self._unheard)
        self._unheard.clear()
        return silent
