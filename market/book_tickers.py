"""The exchange's best bids and asks that wait for the diff with their update id.

Pure. On spot they come some milliseconds before their diff, on USD-M before or after it. What
follows from a difference, and from a diff that does not come, is decided in
`market.published_book`.
"""

from market.book_checks import BookTicker

MAX_WAITING = 2_000
"""Best bids and asks kept of one book: three busy seconds, when a diff comes each second."""


class KeptTickers:
    """Keeps those of one symbol that are ahead of its book."""

    __slots__ = ("_last_ids", "_waiting")

    def __init__(self) -> None:
        self._waiting: dict[int, BookTicker] = {}
        self._last_ids = (0, 0)

    @property
    def newest_id(self) -> int:
        """The update id that the book must reach.

        The larger one of the last two, so that neither two frames that changed places nor one
        absurd id decide for long.
        """
        return max(self._last_ids)

    def keep(self, ticker: BookTicker) -> None:
        """Keep one that is ahead of the book."""
        self.note(ticker.update_id)
        if len(self._waiting) < MAX_WAITING:
            self._waiting[ticker.update_id] = ticker

    def note(self, update_id: int) -> None:
        """Note that the exchange's book has reached an update id."""
        self._last_ids = (self._last_ids[1], update_id)

    def take(self, update_id: int) -> BookTicker | None:
        """Return the one with that id; it and all earlier ones are dropped."""
        waiting = self._waiting
        if not waiting:
            return None
        found = waiting.get(update_id)
        for earlier in [kept for kept in waiting if kept <= update_id]:
            del waiting[earlier]
        return found

    def clear(self) -> None:
        """Forget everything: what comes next is of another connection or count."""
        self._waiting.clear()
        self._last_ids = (0, 0)
