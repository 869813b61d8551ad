"""Correction on known stores: a window becomes what its trades say, once, and no other moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from flows.config import FlowConfig, read_config
from flows.corrections import correction
from flows.corrections.correction import Correction, correct
from iceberg.catalog import Lake
from iceberg.migrate import drop, migrate
from market.tables import table
from market.touched_ranges import TouchedRange
from tests.integration.conftest import RunningStack
from tests.integration.flows import bronze, live, silver
from tests.integration.flows.silver import MARKET, Row
from tidemark import pipeline
from tidemark.live_store import prepare
from tidemark.settings import Settings
from tidemark.verify.captures import RecordedTrade
from tidemark.verify.proof import own_namespace
from tidemark.verify.stores import Stores

START_MS = 1_700_006_460_000
MINUTE_MS = 60_000
LENGTH_MS = 12 * MINUTE_MS
INTERVALS = ("1s", "1m")
Trades = list[RecordedTrade]
Span = tuple[int, int]
"""Milliseconds since the start."""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one symbol's trades.

    Attributes:
        lost: spans whose trades the stream had not received.
        found: spans of those that a repair has brought since.
        late: spans whose trades came when their windows had closed.
        length_ms: how long it traded.
        touched: what is to be corrected; everything when not given.
    """

    lost: tuple[Span, ...] = ()
    found: tuple[Span, ...] = ()
    late: tuple[Span, ...] = ()
    length_ms: int = LENGTH_MS
    touched: tuple[Span, ...] = ()


SURPLUS, INVENTED_MS = "SURPLUSUSDT", 2 * LENGTH_MS
"""A symbol with a window that nobody traded in, and when that is."""

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
        length_ms=9_100_000,
        touched=(
            (30 * MINUTE_MS, 40 * MINUTE_MS),
            (100 * MINUTE_MS, 110 * MINUTE_MS),
            (8_950_000, 9_100_000),
        ),
    ),
    "ABSENTUSDT": Story(),
    SURPLUS: Story(touched=((INVENTED_MS, INVENTED_MS + MINUTE_MS),)),
}


def within(trades: Trades, spans: Sequence[Span]) -> set[int]:
    """Return the ids of trades in spans."""
    return {
        trade.trade_id
        for trade in trades
        if any(first <= trade.time_ms - START_MS < end for first, end in spans)
    }


@dataclass(frozen=True, slots=True)
class Market:
    """One symbol: what the stream had when its windows closed, and what is known by now."""

    story: Story
    before: Trades
    now: Trades
    found: set[int]

    def rows(self, interval: str) -> dict[int, Row]:
        """Return the windows as the stream wrote them, by start."""
        return _by_start(silver.candles({self.before[0].symbol: self.before}, interval))

    def corrected_rows(self, interval: str) -> dict[int, Row]:
        """Return the windows as they must become."""
        before = self.rows(interval)
        made = _by_start(silver.candles({self.now[0].symbol: self.now}, interval))
        return {start: self._corrected(row, before.get(start)) for start, row in made.items()}

    def _corrected(self, row: Row, before: Row | None) -> Row:
        inside = [t for t in self.now if row["window_start"] <= t.time_ms < row["window_end"]]
        backfilled = sum(trade.trade_id in self.found for trade in inside)
        row = row | {"backfilled_trades": backfilled}
        if before is None or row == before:
            return row
        added = max(row["trade_count"] - before["trade_count"], 0)
        return row | {"revision": 1, "late_trades": added}

    def ranges(self) -> list[TouchedRange]:
        spans = self.story.touched or ((0, self.story.length_ms),)
        symbol = self.now[0].symbol
        return [TouchedRange(MARKET, symbol, START_MS + a, START_MS + b) for a, b in spans]


def _by_start(rows: Sequence[Row]) -> dict[int, Row]:
    return {row["window_start"]: row for row in rows}


def tell(symbol: str, story: Story) -> Market:
    everything = silver.walk(symbol, START_MS, story.length_ms, "61838.1", [])
    lost, found = within(everything, story.lost), within(everything, story.found)
    late = within(everything, story.late)
    return Market(
        story,
        before=[t for t in everything if t.trade_id not in lost | late],
        now=[t for t in everything if t.trade_id not in lost - found],
        found=lost & found,
    )


def bronze_rows(market: Market) -> list[Row]:
    """Return the trades as they lie in the lake, with what each said of the ids before it then."""
    rows = bronze.trades(market.now)
    rows[0]["missing_before"] = None
    return [
        row | {"source": "backfill"} if row["trade_id"] in market.found else row for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Stores that were corrected by a run that was killed, and by the one after it.

    Attributes:
        found: what the second run found.
    """

    settings: Settings
    config: FlowConfig
    lake: Lake
    markets: dict[str, Market]
    found: list[Correction]

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
    stores = Corrected(settings, read_config(settings.flow_environment()), lake, markets, [])
    try:
        fill(settings, lake, markets)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(correction, "write_windows", killed)
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
    return row["symbol"] == "ABSENTUSDT" and row["window_start"] // MINUTE_MS == (
        START_MS // MINUTE_MS + 5
    )


def with_ids(interval: str, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for one in documents:
        start = one["window_start"].strftime("%Y-%m-%dT%H:%M:%SZ")
        one["_id"] = f"{one['market']}|{one['symbol']}|{interval}|{start}"
    return documents


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


def without_clock(row: Row) -> Row:
    left_out = ("computed_at_ms", "_id", "market", "symbol", "window_start")
    return {name: value for name, value in row.items() if name not in left_out}


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
