"""The books' part of the proof: recorded states, claims of the pipeline, and every store's rows.

Rows of windows that end after the last recorded diff are left out: a replay's clock runs on after
its last frame, and so do the windows of a quiet market.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from verify.book_claims import read_claims
from verify.book_truth import BookState, levels_digest, rebuild, scaled
from verify.captures import RecordedTrade, depth_stream_speed, read_books
from verify.compare import Comparison, compare
from verify.expected import INTERVALS_MS, Key, Row
from verify.expected_liquidity import (
    BookHistory,
    expected_changes,
    expected_effective_spreads,
    expected_liquidity,
)
from verify.stores import Stores

WINDOW_TABLES = tuple(f"liquidity_{interval}" for interval in INTERVALS_MS)
EFFECTIVE_SPREADS = "effective_spread_1m"


@dataclass(frozen=True, slots=True)
class RecordedBooks:
    """The books that a capture holds of one market.

    Attributes:
        states: of each symbol, in order.
        end_ms: of the last state of any symbol, exchange time.
        speed: of the recorded depth stream, such as ``100ms``; empty for the exchange's plain one.
    """

    market: str
    states: Mapping[str, Sequence[BookState]]
    end_ms: int
    speed: str


def record_books(market: str, files: Sequence[Path]) -> RecordedBooks | None:
    """Rebuild every book of a market's files; None when they hold none."""
    states = {symbol: list(rebuild(events)) for symbol, events in read_books(files).items()}
    states = {symbol: made for symbol, made in states.items() if made}
    if not states:
        return None
    end_ms = max(made[-1].time_ms for made in states.values())
    return RecordedBooks(market, states, end_ms, depth_stream_speed(files))


def compare_books(
    books: RecordedBooks, trades: Mapping[str, Sequence[RecordedTrade]], stores: Stores
) -> list[Comparison]:
    """Compare all that was published of a market's books, in every store.

    Args:
        books: of the capture.
        trades: of the same market; empty where none are read.
        stores: of the pipeline.
    """
    published = stores.book_tops(books.market)
    claims = read_claims(published, books.end_ms)
    histories = {
        symbol: BookHistory(states, claims[symbol])
        for symbol, states in books.states.items()
        if symbol in claims
    }
    comparisons = list(_compare_tops(books, histories, published, stores))
    comparisons += _compare_snapshots(books, stores)
    for interval, length_ms in INTERVALS_MS.items():
        expected = expected_liquidity(books.market, histories, length_ms)
        comparisons += _compare_windows(books, f"liquidity_{interval}", expected, stores)
    if trades:
        length_ms = INTERVALS_MS["1m"]
        spreads = expected_effective_spreads(books.market, histories, trades, length_ms)
        comparisons += _compare_windows(books, EFFECTIVE_SPREADS, spreads, stores)
    return comparisons


def _compare_tops(
    books: RecordedBooks,
    histories: Mapping[str, BookHistory],
    published: Sequence[Row],
    stores: Stores,
) -> Iterator[Comparison]:
    expected: dict[Key, Row] = {}
    for symbol, states in books.states.items():
        if symbol in histories:
            expected |= expected_changes(books.market, symbol, histories[symbol])
        else:
            # Nothing at all was reported of this symbol: all of it is missing.
            expected |= {(books.market, symbol, state.update_id): {} for state in states}
    lake = [row for row in stores.book_tops_lake() if row["market"] == books.market]
    for store, rows in (("kafka", published), ("bronze", lake)):
        yield from compare(store, "book_tops", expected, list(_changes(rows, books.end_ms)))


def _changes(rows: Iterable[Row], end_ms: int) -> Iterator[tuple[Key, Row]]:
    """Yield the changes among records; of one that was reported again, the last record counts."""
    changes = [
        ((row["market"], row["symbol"], row["last_update_id"]), row)
        for row in rows
        if row["kind"] == "top"
        and row["event_time_ms"] == row["quote_time_ms"]
        and row["event_time_ms"] < end_ms
    ]
    last: dict[Key, int] = {}
    for key, row in changes:
        last[key] = max(row["book_sequence"], last.get(key, 0))
    return ((key, row) for key, row in changes if row["book_sequence"] == last[key])


def _compare_snapshots(books: RecordedBooks, stores: Stores) -> Iterator[Comparison]:
    """Compare the levels; how many snapshots there are is the connector's choice."""
    digests = {
        (symbol, state.update_id): state.digest
        for symbol, states in books.states.items()
        for state in states
    }
    for store, rows in stores.book_snapshots().items():
        found, expected = [], {}
        for row in rows:
            if row["market"] == books.market:
                key = (books.market, row["symbol"], row["event_time"], row["last_update_id"])
                found.append((key, {**row, "digest": _digest(row)}))
                expected[key] = {
                    "last_update_id": row["last_update_id"],
                    "digest": digests.get((row["symbol"], row["last_update_id"])),
                }
        yield from compare(store, "book_snapshots", expected, found)


def _digest(row: Row) -> str:
    sides = (
        [(scaled(price), scaled(size)) for price, size in zip(prices, sizes, strict=True)]
        for prices, sizes in (
            (row["bid_prices"], row["bid_sizes"]),
            (row["ask_prices"], row["ask_sizes"]),
        )
    )
    return levels_digest(*sides)


def _compare_windows(
    books: RecordedBooks, name: str, expected: Mapping[Key, Row], stores: Stores
) -> Iterator[Comparison]:
    for store, read in stores.readers(name).items():
        found = [
            (key, row)
            for key, row in read()
            if key[0] == books.market and row["window_end"] <= books.end_ms
        ]
        yield from compare(store, name, expected, found)
