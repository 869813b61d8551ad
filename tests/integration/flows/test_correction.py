"""Correction on known stores: a window becomes what its trades say, once, and no other moves."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import pytest

from flows.shared import corrected_windows
from flows.shared.config import FlowConfig, read_config
from flows.shared.corrected_windows import Correction
from flows.shared.correction import correct
from iceberg.migrate import drop, migrate
from market.dictionary.tables import table
from stack import pipeline
from stack.settings import Settings
from stores.iceberg import Lake
from stores.mongodb import prepare
from tests.integration.flows import live, silver
from tests.integration.flows.silver import MARKET, Row
from tests.integration.flows.stories import (
    INTERVALS,
    LENGTH_MS,
    MINUTE_MS,
    START_MS,
    Market,
    Story,
    bronze_rows,
    tell,
    with_ids,
    without_clock,
)
from tests.support.running_stack import RunningStack
from verify.proof import own_namespace
from verify.stores import Stores

SURPLUS, INVENTED_MS = "SURPLUSUSDT", 2 * LENGTH_MS
"""A symbol with a window that nobody traded in, and when that is."""

STREAM, STREAM_MS = "STREAMUSDT", 4 * 3_600_000
"""A symbol whose windows a stream writes meanwhile, and when those are; the same day."""

STORIES = {
    "RIGHTUSDT": Story(),
    "FILLEDUSDT": Story(lost=((95_000, 210_500),), found=((95_000, 210_500),)),
    "HALFUSDT": Story(lost=((95_000, 400_000),), found=((200_000, 260_000),)),
    "LATEUSDT": Story(late=((61_000, 63_000), (130_000, 170_000))),
    # Nothing was repaired, and the ranges begin and end within the gaps.
    "EDGEUSDT": Story(
        lost=((95_000, 310_000),),
        touched=((MINUTE_MS, 2 * MINUTE_MS), (3 * MINUTE_MS, 4 * MINUTE_MS), (330_000, 340_000)),
    ),
    # A gap that is left is marked once a minute; the trade before a range is an hour away.
    "LONGUSDT": Story(
        lost=((95_000, 9_000_000),),
        found=((2_000_000, 2_010_000),),
        length_ms=9_120_000,
        touched=(
            (30 * MINUTE_MS, 40 * MINUTE_MS),
            (100 * MINUTE_MS, 110 * MINUTE_MS),
            (8_950_000, 9_120_000),
        ),
    ),
    "ABSENTUSDT": Story(),
    # What the stream could not prove is proven by the ids that are in bronze by now.
    "UNKNOWNUSDT": Story(unknown=((130_000, 170_000), (301_000, 302_000))),
    # Nothing proves what is after the last trade, nor what is between two sequences of ids.
    "TAILUSDT": Story(late=((590_000, LENGTH_MS),), ends=True),
    "QUIETUSDT": Story(ends=True),
    "ANEWUSDT": Story(anew_ms=300_000),
    SURPLUS: Story(touched=((INVENTED_MS, INVENTED_MS + MINUTE_MS),)),
}


@dataclass(frozen=True, slots=True)
class Corrected:
    """Stores that were corrected by a run that was killed, and by the one after it.

    Attributes:
        found: what the second run found.
        streamed: windows that were committed while the first one ran.
    """

    settings: Settings
    config: FlowConfig
    lake: Lake
    markets: dict[str, Market]
    found: list[Correction]
    streamed: list[Row]

    def of(self, symbol: str, interval: str) -> Correction:
        (one,) = [
            one for one in self.found if (one.symbol, one.table) == (symbol, f"candles_{interval}")
        ]
        return one

    def silver_rows(self, symbol: str, interval: str) -> dict[int, Row]:
        rows = silver.rows_of(self.lake, f"candles_{interval}").values()
        return {row["window_start"]: row for row in rows if row["symbol"] == symbol}

    def documents(self, symbol: str, interval: str) -> dict[int, Row]:
        stores = Stores(self.settings.kafka.bootstrap_servers, self.settings.mongodb.uri, self.lake)
        read = stores.readers(f"candles_{interval}")["mongodb"]
        return {key[2]: row for key, row in read() if key[1] == symbol}

    def run(self) -> list[Correction]:
        ranges = [one for market in self.markets.values() for one in market.ranges()]
        return correct(self.config, ranges)


class Killed(BaseException):
    """What ends a run at once."""


@pytest.fixture(scope="module")
def corrected(stack: RunningStack) -> Iterator[Corrected]:
    settings = own_namespace(stack.settings)
    pipeline.package_batch_jobs(settings)
    lake = pipeline.lake(settings)
    migrate(lake)
    prepare(settings.mongodb.uri, settings.namespace)
    markets = {symbol: tell(symbol, story) for symbol, story in STORIES.items()}
    stores = Corrected(settings, read_config(settings.flow_environment()), lake, markets, [], [])
    try:
        fill(settings, lake, markets)
        with pytest.MonkeyPatch.context() as patch, stream_beside(stores):
            patch.setattr(corrected_windows, "write_windows", killed)
            with pytest.raises(Killed):
                stores.run()
        stores.found.extend(stores.run())
        yield stores
    finally:
        drop(lake)
        with live.database(settings) as database:
            database.client.drop_database(database.name)


def killed(*_: object) -> None:
    raise Killed


@contextmanager
def stream_beside(stores: Corrected) -> Iterator[None]:
    """Commit a window to each table again and again, as a job does with its checkpoints."""
    (first, *_) = stores.markets["RIGHTUSDT"].rows("1s").values()
    ended = Event()

    def commit() -> None:
        while not ended.wait(timeout=1.0):
            start_ms = START_MS + STREAM_MS + MINUTE_MS * len(stores.streamed)
            row = first | {"symbol": STREAM, "window_start": start_ms}
            for interval in INTERVALS:
                silver.append(stores.lake, f"candles_{interval}", [row])
            stores.streamed.append(row)

    with ThreadPoolExecutor(max_workers=1) as pool:
        stream = pool.submit(commit)
        try:
            yield
        finally:
            ended.set()
        stream.result()


def fill(settings: Settings, lake: Lake, markets: dict[str, Market]) -> None:
    for market in markets.values():
        silver.append(lake, "trades", bronze_rows(market))
    with live.database(settings) as database:
        for interval in INTERVALS:
            name = f"candles_{interval}"
            rows = [row for market in markets.values() for row in market.rows(interval).values()]
            kept = [row for row in rows if not is_absent(row)]
            invented = rows[0] | {"symbol": SURPLUS, "window_start": START_MS + INVENTED_MS}
            silver.append(lake, name, [*kept, invented])
            written = live.documents(name, kept)
            database[name].insert_many(with_ids(interval, written))


def is_absent(row: Row) -> bool:
    """A window in the middle that was never written anywhere."""
    minute: int = row["window_start"] // MINUTE_MS
    return row["symbol"] == "ABSENTUSDT" and minute == START_MS // MINUTE_MS + 5


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("symbol", [one for one in STORIES if one != SURPLUS])
def test_windows_of_the_ranges_are_what_the_trades_say_and_others_stay(
    corrected: Corrected, symbol: str, interval: str
) -> None:
    market = corrected.markets[symbol]
    minutes = {
        minute
        for one in market.ranges()
        for minute in range(one.from_time_ms // MINUTE_MS, -(-one.to_time_ms // MINUTE_MS))
    }
    before, truth = market.rows(interval), market.corrected_rows(interval)
    starts = before.keys() | truth.keys()
    touched = {start for start in starts if start // MINUTE_MS in minutes}
    wanted = {start: truth[start] for start in touched & truth.keys()}
    wanted |= {start: before[start] for start in (starts - touched) & before.keys()}
    for store in (corrected.silver_rows, corrected.documents):
        rows = store(symbol, interval)
        assert rows.keys() == wanted.keys()
        for start, row in wanted.items():
            assert without_clock(rows[start]) == without_clock(row), (store, start)


def test_the_run_after_a_killed_one_finds_the_lake_done_and_completes_mongodb(
    corrected: Corrected,
) -> None:
    assert {one.corrected + one.inserted + one.withdrawn for one in corrected.found} == {0}
    for symbol in ("FILLEDUSDT", "HALFUSDT", "LATEUSDT", "ABSENTUSDT"):
        assert corrected.of(symbol, "1s").documents
    filled = corrected.markets["FILLEDUSDT"]
    assert filled.rows("1s").keys() - filled.corrected_rows("1s").keys(), "no window to withdraw"
    assert corrected.of("RIGHTUSDT", "1s") == Correction(
        "candles_1s",
        MARKET,
        "RIGHTUSDT",
        unchanged=len(corrected.markets["RIGHTUSDT"].rows("1s")),
    )


@pytest.mark.parametrize("interval", INTERVALS)
def test_what_a_stream_commits_meanwhile_stays_and_stands_once(
    corrected: Corrected, interval: str
) -> None:
    assert len(corrected.streamed) > 3
    rows = corrected.silver_rows(STREAM, interval)
    assert sorted(rows) == [row["window_start"] for row in corrected.streamed]


def test_a_row_that_no_trade_accounts_for_is_told_and_stays(corrected: Corrected) -> None:
    for interval in INTERVALS:
        told = Correction(f"candles_{interval}", MARKET, SURPLUS, surplus=1, documents=1)
        assert corrected.of(SURPLUS, interval) == told
        assert START_MS + INVENTED_MS in corrected.silver_rows(SURPLUS, interval)


def test_a_run_over_what_is_right_changes_nothing(corrected: Corrected) -> None:
    names = [f"candles_{interval}" for interval in INTERVALS]
    snapshots = [corrected.lake.table(table(name)).current_snapshot() for name in names]
    assert not any(one.is_change for one in corrected.run())
    assert snapshots == [corrected.lake.table(table(name)).current_snapshot() for name in names]
    leftovers = corrected.settings.namespace.staging("")
    assert not [
        name for (name,) in corrected.lake.catalog.list_namespaces() if name.startswith(leftovers)
    ]
