"""A market's public state at the replay's position, from which REST answers.

Pure: frames and instants are arguments, answers are returned. It knows nothing of connections,
faults or speed; a frame that a fault withholds from clients has happened here all the same.
"""

import re
from collections.abc import Sequence

from simulator.engine.book import BookView, Levels, RecordedBook
from simulator.engine.events import Frame
from simulator.engine.history import SymbolHistory
from simulator.engine.symbols import SymbolRules
from simulator.errors import ApiError

_DIFF_STREAM = re.compile(r"@depth(@\d+ms)?$")
"""Partial depth is no diff, though USD-M calls it one."""
LEAST_TRADES_KEPT = 1_000
"""Trades kept of any symbol: as many as one REST answer holds."""


class Exchange:
    """All listed symbols of one market with their visible past.

    Args:
        rules: the listed symbols.
        history_limit: trades kept, shared by the symbols' weights; None keeps all.
    """

    def __init__(self, rules: Sequence[SymbolRules], history_limit: int | None) -> None:
        self.rules = {rule.symbol: rule for rule in rules}
        self._histories = {
            rule.symbol: SymbolHistory(limit, rule.market)
            for rule, limit in zip(rules, _limits(rules, history_limit), strict=True)
        }
        self._books = {symbol: RecordedBook() for symbol in self.rules}
        self._kept_books: dict[str, RecordedBook] = {}
        self.frames_done = 0

    def record(self, frame: Frame) -> None:
        """Let a frame happen."""
        self.frames_done += 1
        if frame.trade is not None:
            self._histories[frame.symbol].add(frame.trade)
        elif not frame.stream:
            self._books[frame.symbol].on_snapshot(frame.payload)
        elif _DIFF_STREAM.search(frame.stream) and b'"depthUpdate"' in frame.payload[:24]:
            self._books[frame.symbol].on_diff(frame.payload)

    def delist(self, symbol: str) -> None:
        """Remove a listed symbol: every request for it is refused from now on."""
        del self.rules[symbol], self._histories[symbol], self._books[symbol]
        self._kept_books.pop(symbol, None)

    def restart_ids(self, symbol: str, first_id: int) -> None:
        """Forget a symbol's trades; its ids count from `first_id` from now on."""
        self.history(symbol).restart_ids(first_id)

    def history(self, symbol: str) -> SymbolHistory:
        """Return a symbol's past.

        Raises:
            ApiError: -1121 for a symbol that is not listed.
        """
        try:
            return self._histories[symbol]
        except KeyError:
            raise ApiError(-1121, "Invalid symbol.") from None

    def book(self, symbol: str, limit: int | None, *, is_stale: bool = False) -> BookView:
        """Return a symbol's best levels, now or as they were when the books were kept.

        Args:
            symbol: upper case.
            limit: most levels per side; None for all.
            is_stale: return the book that was kept.

        Raises:
            ApiError: -1121 for a symbol that is not listed, -1112 when its book is unknown.
        """
        self.history(symbol)
        book = self._kept_books.get(symbol) if is_stale else None
        view = (book or self._books[symbol]).view(limit)
        if view is None:
            raise ApiError(-1112, "No orders on book for symbol.")
        return view

    def best(self, symbol: str) -> tuple[Levels, Levels]:
        """Return a symbol's best bid and ask, each one level, or none while its book is unknown."""
        return self._books[symbol].best()

    def keep_books(self) -> None:
        """Keep every book as it is now, for stale snapshots."""
        self._kept_books = {symbol: book.copy() for symbol, book in self._books.items()}

    def positions(self) -> dict[str, dict[str, int | None]]:
        """Return for each symbol its kept ids and the number of trades that happened."""
        return {
            symbol: {
                "first_id": history.first_id,
                "last_id": history.last_id,
                "count": history.count,
            }
            for symbol, history in self._histories.items()
        }


def _limits(rules: Sequence[SymbolRules], limit: int | None) -> list[int | None]:
    """Return how many trades to keep of each symbol, so that all reach back about as far."""
    if limit is None:
        return [None] * len(rules)
    weights = sum(rule.weight for rule in rules)
    return [max(LEAST_TRADES_KEPT, round(limit * rule.weight / weights)) for rule in rules]
