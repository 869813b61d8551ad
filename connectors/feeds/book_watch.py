"""What needs checking although nothing was refused: silent streams, silent diffs, and audits.

Pure: both clocks are arguments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

STALE_MS = 5_000
"""Exchange time for which best bid and ask may stay ahead of the diffs: 100 ms is usual, 2 s were
seen in load spikes. What is vouched for does not wait for it."""

STALE_SECONDS = 5
"""Seconds of our clock for which they may: on spot only diffs carry the exchange's time, and diffs
are what is missing. Seconds are counted, not measured, so that our own sleep does not count."""


class StreamSilence:
    """Finds streams that were subscribed and never sent a frame: an acknowledgement proves nothing.

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


@dataclass(slots=True)
class _Ahead:
    since_ms: int
    last_second: int
    seconds: int = 1


@dataclass(slots=True)
class SilentDiffs:
    """Finds books whose best bid and ask keep changing while no diff comes.

    A book in which nothing happens is not silent: neither of its streams has anything to say.
    """

    _ahead: dict[str, _Ahead] = field(default_factory=dict)

    def on_ahead(self, symbol: str, proven_ms: int, now_s: float) -> bool:
        """Note that best bid and ask are ahead of a book; return whether its diffs are silent."""
        second, ahead = int(now_s), self._ahead.get(symbol)
        if ahead is None:
            self._ahead[symbol] = _Ahead(proven_ms, second)
            return False
        if second != ahead.last_second:
            ahead.last_second = second
            ahead.seconds += 1
        is_silent = proven_ms - ahead.since_ms > STALE_MS or ahead.seconds > STALE_SECONDS
        if is_silent:
            del self._ahead[symbol]
        return is_silent

    def on_diff(self, symbol: str) -> None:
        """Note that diffs are coming, or that the book is not followed now."""
        if self._ahead:
            self._ahead.pop(symbol, None)


AUDIT_PATIENCE_S = 600.0
"""How long audits leave the request weight to books that have no snapshot yet; a book that never
gets one must not end all audits."""


class AuditRound:
    """Says which symbol to audit next: each one once per interval, evenly spread.

    Args:
        symbols: the ones that are followed.
        interval_s: between two audits of a symbol, in seconds.
    """

    def __init__(self, symbols: Sequence[str], interval_s: float) -> None:
        self._symbols = symbols
        self._pause_s = interval_s / max(1, len(symbols))
        self._next = 0
        self._due_s: float | None = None
        self._held_since_s: float | None = None

    def due(self, now_s: float, *, others_wait: bool = False) -> str | None:
        """Return the symbol whose turn it is, None while no audit is due.

        Args:
            now_s: monotonic seconds.
            others_wait: a book has no snapshot at all.
        """
        if self._due_s is None:
            self._due_s = now_s + self._pause_s
        if (
            not self._symbols
            or now_s < self._due_s
            or self._is_held(now_s, others_wait=others_wait)
        ):
            return None
        self._due_s = max(self._due_s + self._pause_s, now_s)
        symbol = self._symbols[self._next]
        self._next = (self._next + 1) % len(self._symbols)
        return symbol

    def _is_held(self, now_s: float, *, others_wait: bool) -> bool:
        if not others_wait:
            self._held_since_s = None
            return False
        if self._held_since_s is None:
            self._held_since_s = now_s
        return now_s - self._held_since_s < AUDIT_PATIENCE_S
