"""The whole proof: expected rows, a replay in a namespace of its own, the comparison, the clean-up.

With a namespace of its own, a capture of 2024 is not late behind today's market, and a proof does
not touch the product's rows.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from market.dictionary.names import Namespace
from stack import pipeline
from stack.jobs.package import JOBS, OF_TRADES
from stack.settings import Settings
from verify.books import (
    EFFECTIVE_SPREADS,
    WINDOW_TABLES,
    RecordedBooks,
    compare_books,
    record_books,
)
from verify.captures import (
    BOOKS_FROM,
    TRADES_FROM,
    CaptureFile,
    RecordedTrade,
    find_files,
    read_trades,
)
from verify.compare import Comparison, compare
from verify.expected import INTERVALS_MS, Key, Row, expected_candles, expected_trades
from verify.replay import run
from verify.replay_plan import BookReplay, Replay, ReplayError
from verify.stores import Stores

_REPLAY_S = 30.0
"""How long a replay takes by default: long enough for a kill to hit in mid-stream."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a capture must lead to.

    Attributes:
        used: files that are replayed.
        left_out: files of markets that have no pipeline yet, or that hold nothing of use.
        trades: by symbol; of the one market whose trades are read.
        tables: rows by key of every table made of trades.
        books: of each market that has any.
        seconds: of event time that the capture covers.
    """

    used: Sequence[CaptureFile]
    left_out: Sequence[CaptureFile]
    trades: Mapping[str, Sequence[RecordedTrade]]
    tables: dict[str, dict[Key, Row]]
    books: Sequence[RecordedBooks]
    seconds: float

    @property
    def symbols(self) -> list[str]:
        """Symbols with trades."""
        return sorted(self.trades)

    @property
    def last_windows(self) -> dict[str, dict[str, int]]:
        """Start of the last window to wait for, by table of books and market, epoch ms."""
        starts = {
            name: {
                books.market: books.end_ms // length_ms * length_ms - length_ms
                for books in self.books
            }
            for name, length_ms in zip(WINDOW_TABLES, INTERVALS_MS.values(), strict=True)
        }
        minutes = starts[WINDOW_TABLES[-1]]
        quoted = {market: start for market, start in minutes.items() if market in TRADES_FROM}
        return starts | {EFFECTIVE_SPREADS: quoted if self.trades else {}}


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome: one comparison for each store, table and metric."""

    namespace: str
    left_out: Sequence[str]
    comparisons: Sequence[Comparison]

    @property
    def green(self) -> bool:
        """True when every comparison is."""
        return all(comparison.green for comparison in self.comparisons)


def expect(folder: Path) -> Expectation:
    """Recompute what every store must hold after a capture.

    Raises:
        ReplayError: no capture files, none of a supported market, or neither trades nor books.
    """
    try:
        files = find_files(folder)
    except FileNotFoundError as error:
        raise ReplayError(str(error)) from error
    supported = [file for file in files if file.supported]
    trades = read_trades([file.path for file in supported if file.market in TRADES_FROM])
    books = _books(supported)
    if not trades and not books:
        names = ", ".join(f"{file.path.name} ({file.market})" for file in files)
        raise ReplayError(
            f"capture {folder}: expected spot trades, or books of spot or USD-M with their "
            f"snapshot, found none in {names}"
        )
    markets = {*(TRADES_FROM if trades else ()), *(one.market for one in books)}
    used = [file for file in files if file.market in markets]
    left_out = [file for file in files if file.market not in markets]
    return Expectation(used, left_out, trades, _tables(trades), books, _seconds(trades, books))


def _books(files: Sequence[CaptureFile]) -> list[RecordedBooks]:
    books = (
        record_books(market, [file.path for file in files if file.market == market])
        for market in BOOKS_FROM
    )
    return [made for made in books if made is not None]


def _tables(trades: Mapping[str, Sequence[RecordedTrade]]) -> dict[str, dict[Key, Row]]:
    if not trades:
        return {}
    (market,) = TRADES_FROM
    tables = {"trades": expected_trades(market, trades)}
    for interval in INTERVALS_MS:
        tables[f"candles_{interval}"] = expected_candles(market, trades, interval)
    return tables


def _seconds(
    trades: Mapping[str, Sequence[RecordedTrade]], books: Sequence[RecordedBooks]
) -> float:
    times = [trade.time_ms for made in trades.values() for trade in made]
    times += [state.time_ms for one in books for made in one.states.values() for state in made]
    return (max(times) - min(times)) / 1_000


def own_namespace(settings: Settings, name: str | None = None) -> Settings:
    """Return the settings with a namespace of their own."""
    prefix = name or f"verify_{secrets.token_hex(3)}"
    return replace(settings, namespace=Namespace(prefix))


def stores_of(settings: Settings) -> Stores:
    """Return the stores of a pipeline."""
    return Stores(settings.kafka.bootstrap_servers, settings.mongodb.uri, pipeline.lake(settings))


def plan_replay(
    expectation: Expectation,
    speed: str,
    kills: Sequence[str] = (),
    *,
    holds_for_books: bool = False,
) -> Replay:
    """Return the replay of all that a capture holds.

    Args:
        expectation: of the capture.
        speed: the simulator's word.
        kills: processes to kill in mid-stream.
        holds_for_books: see `Replay`.
    """
    return Replay(
        files=[file.path for file in expectation.used],
        symbols=expectation.symbols,
        speed=speed,
        kills=kills,
        expected={name: len(rows) for name, rows in expectation.tables.items()},
        books={
            books.market: BookReplay(sorted(books.states), books.speed)
            for books in expectation.books
        },
        last_windows=expectation.last_windows,
        holds_for_books=holds_for_books,
    )


def replay(
    settings: Settings,
    expectation: Expectation,
    report: Report,
    *,
    kills: Sequence[str] = (),
    speed: str | None = None,
    holds_for_books: bool = False,
) -> None:
    """Run the pipeline over the capture in the namespace of the settings.

    Args:
        settings: with a namespace of their own.
        expectation: of the capture.
        report: called with every step, in words.
        kills: processes to kill in mid-stream.
        speed: the simulator's word; chosen so that a replay takes half a minute when None.
        holds_for_books: see `Replay`.
    """
    pipeline.make_ready(settings, report)
    pipeline.start_jobs(settings, report, JOBS if expectation.books else OF_TRADES)
    chosen = speed or f"{max(1.0, expectation.seconds / _REPLAY_S):.1f}"
    report(f"replay: {expectation.seconds:.0f} s of market at speed {chosen}")
    plan = plan_replay(expectation, chosen, kills, holds_for_books=holds_for_books)
    run(settings, stores_of(settings), plan, report)


def check(settings: Settings, expectation: Expectation) -> Proof:
    """Compare every store of a namespace with what must be there."""
    stores = stores_of(settings)
    comparisons = [
        comparison
        for table, rows in expectation.tables.items()
        for store, read in stores.readers(table).items()
        for comparison in compare(store, table, rows, read())
    ]
    for books in expectation.books:
        trades = expectation.trades if books.market in TRADES_FROM else {}
        comparisons += compare_books(books, trades, stores)
    return Proof(settings.namespace.prefix, left_out_files(expectation), comparisons)


def left_out_files(expectation: Expectation) -> list[str]:
    """Return the files of a capture that are not replayed, and why."""
    return [
        f"{file.path.name} ({file.market}): nothing of it has a pipeline yet"
        for file in expectation.left_out
    ]
