"""What the market did, read from the simulator's journal, and the rows that follow from it."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from verify.book_claims import Claims
from verify.book_truth import BookState, beginning, rebuild
from verify.captures import (
    BOOKS_FROM,
    TRADES_FROM,
    RecordedTrade,
    find_files,
    read_books,
    read_trades,
)
from verify.chaos.versions import length_ms_of
from verify.expected import Key, Row, whole_candle
from verify.expected_liquidity import (
    BookHistory,
    whole_effective_spread,
    whole_liquidity,
)

Book = tuple[str, str]
"""Market and symbol."""


class Truth:
    """The market as it was, whether received or not.

    Args:
        trades: of each market and symbol.
        books: every state of each book, in order.
        begins_ms: of each symbol that was ever received, the event time of its first trade.
        end_ms: instant up to which everything is known.
    """

    def __init__(
        self,
        trades: Mapping[Book, Sequence[RecordedTrade]],
        books: Mapping[Book, Sequence[BookState]],
        begins_ms: Mapping[Book, int],
        end_ms: int,
    ) -> None:
        self.end_ms = end_ms
        self.begins_ms = begins_ms
        by_time = {
            one: sorted(made, key=lambda trade: (trade.time_ms, trade.trade_id))
            for one, made in trades.items()
        }
        self._trades = by_time
        self._times = {one: [trade.time_ms for trade in made] for one, made in by_time.items()}
        self._books = {one: _known(states, end_ms) for one, states in books.items() if states}
        self._expected: dict[tuple[str, Key], Row | None] = {}

    def trades_within(self, key: Key, length_ms: int) -> Sequence[RecordedTrade]:
        """Return the trades of a window."""
        market, symbol, start_ms = key
        times = self._times.get((market, symbol), [])
        low, high = bisect_left(times, start_ms), bisect_left(times, start_ms + length_ms)
        return self._trades[market, symbol][low:high] if low < high else ()

    def windows_with_trades(self, one: Book, length_ms: int) -> Iterator[int]:
        """Yield the starts of windows in which trades were made since the first received one."""
        begin_ms = self.begins_ms.get(one, 0)
        yield from sorted(
            {
                time_ms // length_ms * length_ms
                for time_ms in self._times.get(one, [])
                if time_ms >= begin_ms
            }
        )

    @property
    def traded(self) -> list[Book]:
        """Every market and symbol with trades."""
        return sorted(self._trades)

    def expected(self, table: str, key: Key) -> Row | None:
        """Return the whole row of a window; None of a book of which nothing is known.

        Args:
            table: its name.
            key: market, symbol and the window's start.
        """
        if (table, key) not in self._expected:
            self._expected[table, key] = self._row(table, key)
        return self._expected[table, key]

    def _row(self, table: str, key: Key) -> Row | None:
        length_ms, start_ms = length_ms_of(table), key[2]
        if table.startswith("candles"):
            return whole_candle(self.trades_within(key, length_ms), start_ms, length_ms)
        book = self._books.get((key[0], key[1]))
        if book is None:
            return None
        if table.startswith("liquidity"):
            return whole_liquidity(book, start_ms, length_ms)
        trades = self.trades_within(key, length_ms)
        return whole_effective_spread(book, trades, start_ms, length_ms) if trades else None


def _known(states: Sequence[BookState], end_ms: int) -> BookHistory:
    begin_ms = states[0].time_ms
    return BookHistory(states, Claims(begin_ms, end_ms, [(begin_ms, end_ms)], []))


def _states(events: Sequence[Mapping[str, Any]]) -> Sequence[BookState]:
    """Return a book's states; a journal begins with the market's first book."""
    has_snapshot = bool(events) and "lastUpdateId" in events[0]
    first = beginning(events[0]) if has_snapshot else None
    return [*([first] if first else []), *rebuild(events)]


def read_truth(journal: Path, begins_ms: Mapping[Book, int], end_ms: int) -> Truth:
    """Return what a journal holds.

    Args:
        journal: folder that the simulator has written.
        begins_ms: see `Truth`.
        end_ms: see `Truth`.
    """
    trades: dict[Book, Sequence[RecordedTrade]] = {}
    books: dict[Book, Sequence[BookState]] = {}
    files = find_files(journal)
    for market in BOOKS_FROM:
        paths = [file.path for file in files if file.market == market]
        if market in TRADES_FROM:
            trades |= {(market, symbol): made for symbol, made in read_trades(paths).items()}
        for symbol, events in read_books(paths).items():
            books[market, symbol] = _states(events)
    return Truth(trades, books, begins_ms, end_ms)
