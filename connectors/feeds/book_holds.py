"""Books that may not be settled past their last diff, because its successor is due.

Pure. Best bid and ask, or a snapshot, have shown a later update than the book's. The diff is
awaited for the stream's interval plus a margin, in exchange time; after that the book is unknown
from its last diff on, and holds nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Hold:
    known_ms: int
    since_ms: int | None = None


class BookHolds:
    """Tracks which books hold the market's time.

    Args:
        patience_ms: exchange time for which a diff is awaited.
    """

    def __init__(self, patience_ms: int) -> None:
        self._patience_ms = patience_ms
        self._held: dict[str, _Hold] = {}

    @property
    def bound_ms(self) -> int | None:
        """The instant past which nothing may be settled; None while no book holds the time."""
        if not self._held:
            return None
        return min(hold.known_ms for hold in self._held.values())

    def put(self, symbol: str, known_ms: int | None) -> None:
        """Note the instant up to which a book that is behind is known; None for one that is not."""
        if known_ms is None:
            self._held.pop(symbol, None)
        elif (hold := self._held.get(symbol)) is None or hold.known_ms != known_ms:
            self._held[symbol] = _Hold(known_ms)

    def overdue(self, proven_ms: Callable[[str], int]) -> list[str]:
        """Return the books whose diff did not come in time; they hold nothing any more.

        Args:
            proven_ms: returns the time that the connection of a symbol has proven. Waiting begins
                at the first call, so that earlier time spent in silence does not count.
        """
        overdue = []
        for symbol, hold in self._held.items():
            now_ms = proven_ms(symbol)
            if hold.since_ms is None:
                hold.since_ms = now_ms
            elif now_ms - hold.since_ms > self._patience_ms:
                overdue.append(symbol)
        for symbol in overdue:
            del self._held[symbol]
        return overdue
