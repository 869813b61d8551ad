"""Which windows the pipeline itself has marked as unknowable, and why.

A repair that is given up names its reason in `ops.repairs`; a record `unsynced` of
`bronze.book_tops` says why a book is unknown from its instant on. Nothing is known before the first
trade of a symbol, and of a book before its first top.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from verify.chaos.truth import Book
from verify.chaos.versions import length_ms_of
from verify.expected import Key, Row

Span = tuple[int, int]
"""Epoch milliseconds, both inclusive."""
_FOREVER = 2**62
_GIVEN_UP, _WAITING = "unrepairable", "found"
_NOT_YET = ("", "no_answer", "failed", "stream_not_past")
"""Reasons for which the next run of the flow asks again at once: none of them is final."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Spans that are marked, by market and symbol.

    Attributes:
        trades: of repairs that are given up, or wait for what cannot be known.
        books: in which a book is unknown, with a reason.
        begins_ms: event time of each symbol's first trade.
    """

    trades: Mapping[Book, Sequence[Span]]
    books: Mapping[Book, Sequence[Span]]
    begins_ms: Mapping[Book, int]

    def has(self, table: str, key: Key) -> bool:
        """Return whether a window is marked."""
        one, start_ms = (key[0], key[1]), key[2]
        end_ms = start_ms + length_ms_of(table)
        spans: list[Span] = list(self.trades.get(one, ()))
        if not table.startswith("candles"):
            spans += self.books.get(one, ())
        if not table.startswith("liquidity"):
            spans += [(0, self.begins_ms[one])] if one in self.begins_ms else []
        return any(begin < end_ms and end >= start_ms for begin, end in spans)


def is_waiting(repair: Row) -> bool:
    """Return whether a repair is still waiting."""
    return bool(repair["state"] == _WAITING)


def read_marks(
    repairs: Iterable[Row], book_tops: Iterable[Row], begins_ms: Mapping[Book, int]
) -> Marks:
    """Return the marks of a pipeline.

    Args:
        repairs: rows of `ops.repairs`.
        book_tops: rows of `bronze.book_tops`, with `event_time_ms`.
        begins_ms: see `Marks`.
    """
    trades: dict[Book, list[Span]] = defaultdict(list)
    for row in repairs:
        if row["state"] == _GIVEN_UP or (is_waiting(row) and row["reason"] not in _NOT_YET):
            span = row["from_time_ms"], row["to_time_ms"]
            trades[row["market"], row["symbol"]].append(span)
    records: dict[Book, list[Row]] = defaultdict(list)
    for row in book_tops:
        records[row["market"], row["symbol"]].append(row)
    books = {one: _unknown(rows) for one, rows in records.items()}
    return Marks(trades, books, begins_ms)


def _unknown(records: Iterable[Row]) -> list[Span]:
    """Return from when to when a book was unknown for a reason, or not known yet."""
    spans: list[Span] = []
    since_ms: int | None = 0
    for row in sorted(records, key=lambda row: row["book_sequence"]):
        time_ms = row["event_time_ms"]
        if row["kind"] == "top":
            if since_ms is not None:
                spans.append((since_ms, max(time_ms, since_ms)))
            since_ms = None
        elif row["reason"]:
            since_ms = time_ms if since_ms is None else min(time_ms, since_ms)
    if since_ms is not None:
        spans.append((since_ms, _FOREVER))
    return spans
