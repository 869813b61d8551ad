"""The whole proof: expected rows, a replay in a namespace of its own, the comparison, the clean-up.

A namespace of its own keeps a capture of 2024 from being late behind today's market, and a proof
from touching the product's rows.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from market.names import Namespace
from tidemark import pipeline
from tidemark.settings import Settings
from tidemark.verify.captures import CaptureFile, RecordedTrade, find_files, read_trades
from tidemark.verify.compare import Comparison, compare
from tidemark.verify.expected import INTERVALS_MS, Key, Row, expected_candles, expected_trades
from tidemark.verify.replay import Replay, ReplayError, run
from tidemark.verify.stores import Stores

_REPLAY_S = 30.0
"""How long a replay takes when no speed is asked for: long enough for a kill to strike inside."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a capture must lead to.

    Attributes:
        used: files that are replayed.
        left_out: files of markets that have no pipeline yet.
        tables: every table's rows by key.
        symbols: in the capture.
        seconds: of event time that the capture covers.
    """

    used: Sequence[CaptureFile]
    left_out: Sequence[CaptureFile]
    tables: dict[str, dict[Key, Row]]
    symbols: Sequence[str]
    seconds: float


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
        ReplayError: no capture files, none of a supported market, or none that holds a trade.
    """
    try:
        files = find_files(folder)
    except FileNotFoundError as error:
        raise ReplayError(str(error)) from error
    used = [file for file in files if file.supported]
    symbols = read_trades([file.path for file in used])
    if not symbols:
        names = ", ".join(f"{file.path.name} ({file.market})" for file in files)
        raise ReplayError(f"capture {folder}: expected spot trades, found none in {names}")
    market = used[0].market
    tables = {"trades": expected_trades(market, symbols)}
    for interval in INTERVALS_MS:
        tables[f"candles_{interval}"] = expected_candles(market, symbols, interval)
    left_out = [file for file in files if not file.supported]
    return Expectation(used, left_out, tables, sorted(symbols), _seconds(symbols))


def _seconds(symbols: dict[str, list[RecordedTrade]]) -> float:
    times = [trade.time_ms for trades in symbols.values() for trade in trades]
    return (max(times) - min(times)) / 1_000


def own_namespace(settings: Settings, name: str | None = None) -> Settings:
    """Return the settings with a namespace of their own."""
    prefix = name or f"verify_{secrets.token_hex(3)}"
    return replace(settings, namespace=Namespace(prefix))


def stores_of(settings: Settings) -> Stores:
    """Return the stores of a pipeline."""
    return Stores(settings.kafka.bootstrap_servers, settings.mongodb.uri, pipeline.lake(settings))


def replay(
    settings: Settings,
    expectation: Expectation,
    report: Report,
    *,
    kill: str | None = None,
    speed: str | None = None,
) -> None:
    """Run the pipeline over the capture in the namespace of the settings.

    Args:
        settings: with a namespace of their own.
        expectation: of the capture.
        report: told of every step, in words.
        kill: process to kill in mid-stream.
        speed: the simulator's word; chosen so that a replay takes half a minute when None.
    """
    pipeline.make_ready(settings, report)
    pipeline.start_jobs(settings, report)
    chosen = speed or f"{max(1.0, expectation.seconds / _REPLAY_S):.1f}"
    report(f"replay: {expectation.seconds:.0f} s of market at speed {chosen}")
    plan = Replay(
        files=[file.path for file in expectation.used],
        symbols=expectation.symbols,
        speed=chosen,
        kill=kill,
        expected={name: len(rows) for name, rows in expectation.tables.items()},
    )
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
    left_out = [f"{file.path.name} ({file.market})" for file in expectation.left_out]
    return Proof(settings.namespace.prefix, left_out, comparisons)
