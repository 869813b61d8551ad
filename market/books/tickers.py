"""Signs that the exchange is ahead of a book, and the best bids and asks from ahead of it.

Pure. Three things are such signs: best bid and ask, a snapshot with other levels, and a diff that
could not be read. Best bid and ask wait here for the diff with their update id: on spot they come
some milliseconds before it, on USD-M before or after it. `market.books.published_book` decides what
follows from a difference, and from a diff that does not come.
"""

from market.books.checks import BookTicker

MAX_WAITING = 2_000
"""Best bids and asks kept per book: three busy seconds, where a diff comes every second."""


class KeptTickers:
    """Keeps the best bids and asks of one symbol that are ahead of its book."""

    __slots__ = ("_last_ids", "_lost_diff", "_waiting", "shown_id")

    def __init__(self) -> None:
        self._waiting: dict[int, BookTicker] = {}
        self._last_ids = (0, 0)
        self._lost_diff = False
        self.shown_id = 0
        """Update id of a snapshot whose changes no diff has shown so far; 0 without one."""

    def are_ahead_of(self, update_id: int) -> bool:
        """Return whether the exchange has shown a later update than the book's.

        Of best bids and asks the larger id of the last two counts, so that neither two that
        swapped places nor one absurd id decide for long.
        """
        return self._lost_diff or max(*self._last_ids, self.shown_id) > update_id

    def keep(self, ticker: BookTicker) -> None:
        """Keep one that is ahead of the book."""
        self.note(ticker.update_id)
        if len(self._waiting) < MAX_WAITING:
            self._waiting[ticker.update_id] = ticker

    def note(self, update_id: int) -> None:
        """Note the update id of best bid and ask.

        Only if it is ahead, or while there is no book: a late one says nothing about those before
        it.
        """
        self._last_ids = (self._last_ids[1], update_id)

    def miss_diff(self) -> None:
        """Note that a diff could not be read; only the next one shows what it was."""
        self._lost_diff = True

    def on_diff(self) -> None:
        """Note that a diff could be read, whatever it showed."""
        self._lost_diff = False

    def take(self, update_id: int) -> BookTicker | None:
        """Return the one with an update id; it and all earlier ones are dropped."""
        waiting = self._waiting
        if not waiting:
            return None
        found = waiting.get(update_id)
        for earlier in [kept for kept in waiting if kept <= update_id]:
            del waiting[earlier]
        return found

    def clear(self) -> None:
        """Forget everything: what comes next has another connection or other ids."""
        self._waiting.clear()
        self._last_ids = (0, 0)
        self._lost_diff = False
        self.shown_id = 0
