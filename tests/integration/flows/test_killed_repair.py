"""A repair that is killed at its steps; the run after the last one completes it.

What is to be repaired is one of each cause: a gap, late trades, and late records of a book. `make
proofs` kills at one more step.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from iceberg.migrate import drop, migrate
from market.books.records import BookRecord
from market.dictionary.fields import Kind
from market.dictionary.tables import table
from stack import pipeline
from stack.flow_process import run_flow
from stack.settings import Settings
from stores.iceberg import Lake
from stores.mongodb import prepare
from tests.integration.book_histories import BookHistory
from tests.integration.expected_liquidity import expected_liquidity
from tests.integration.flows import live, silver
from tests.integration.flows.exchange import exchange
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
from tests.support.running_stack import ROOT, RunningStack
from verify.expected import Key
from verify.proof import own_namespace, stores_of

GAP, LATE, BOOK = "GAPUSDT", "LATEUSDT", "BOOKUSDT"
STORIES = {
    GAP: Story(lost=((95_000, 210_500),), found=((95_000, 210_500),)),
    LATE: Story(late=((61_000, 63_000), (130_000, 170_000))),
}
LATE_MS = range(START_MS + 61_000, START_MS + 64_500)
"""When the records of the book came too late for their windows."""
LENGTHS_MS = {"1s": 1_000, "1m": 60_000}
PARAMETERS = json.dumps({"lookback_hours": None})
ROLLED_UP_MS = 5 * MINUTE_MS
WITHIN_S = 180

STEPS = (
    ("flows.repair.flow.fill", 3),  # all gaps are noted, and the gap is filled
    ("flows.shared.corrected_windows.write_windows", 2),  # the lake is right, MongoDB in part
)
"""The function before whose n-th call the process is killed, and n."""

KILLED = """
import os, signal, sys
from importlib import import_module
from flows.run import run

name, calls_left, parameters = sys.argv[1], int(sys.argv[2]), sys.argv[3]
module, function = name.rpartition(".")[::2]
real = getattr(import_module(module), function)

def deadly(*args, **kwargs):
    global calls_left
    calls_left -= 1
    if not calls_left:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)

setattr(import_module(module), function, deadly)
run("repair", parameters)
"""


@dataclass(frozen=True, slots=True)
class Repaired:
    """Stores after runs that were killed and one that was not.

    Attributes:
        markets: of the symbols that have trades.
        records: of the book, all of them.
        in_time: those of them that the stream had when its windows closed.
    """

    settings: Settings
    lake: Lake
    markets: dict[str, Market]
    records: Sequence[BookRecord]
    in_time: Sequence[BookRecord]

    def expected(self, metric: str, interval: str) -> dict[Key, Row]:
        if metric == "liquidity":
            return self._expected_liquidity(interval)
        return {
            (MARKET, symbol, start): row
            for symbol, market in self.markets.items()
            for start, row in market.corrected_rows(interval).items()
        }

    def _expected_liquidity(self, interval: str) -> dict[Key, Row]:
        before = expected_liquidity(self.in_time, LENGTHS_MS[interval])
        rows = expected_liquidity(self.records, LENGTHS_MS[interval])
        return {
            key: row | {"revision": int(key in before and row != before[key])}
            for key, row in rows.items()
        }

    def found(self, store: str, name: str) -> dict[Key, Row]:
        rows = list(stores_of(self.settings).readers(name)[store]())
        assert len(dict(rows)) == len(rows)
        return dict(rows)


@pytest.fixture(scope="module")
def steps() -> Sequence[tuple[str, int]]:
    return STEPS


@pytest.fixture(scope="module")
def repaired(
    stack: RunningStack,
    tmp_path_factory: pytest.TempPathFactory,
    steps: Sequence[tuple[str, int]],
) -> Iterator[Repaired]:
    own = own_namespace(stack.settings)
    pipeline.package_batch_jobs(own)
    lake = pipeline.lake(own)
    migrate(lake)
    prepare(own.mongodb.uri, own.namespace)
    records = BookHistory(MARKET, BOOK, START_MS, seed=5).run(150_000).records
    in_time = [one for one in records if one.event_time_ms not in LATE_MS]
    markets = {symbol: tell(symbol, story) for symbol, story in STORIES.items()}
    everything = [
        trade
        for symbol, story in STORIES.items()
        for trade in silver.walk(symbol, START_MS, story.length_ms, "61838.1", [])
    ]
    try:
        with exchange(everything, tmp_path_factory.mktemp("exchange")) as url:
            stores = Repaired(replace(own, exchange=url), lake, markets, records, in_time)
            fill(stores)
            for step in steps:
                run_and_be_killed(stores.settings, *step)
            run_flow(stores.settings, "repair", json.loads(PARAMETERS))
            yield stores
    finally:
        drop(lake)
        with live.database(own) as database:
            database.client.drop_database(database.name)


def fill(stores: Repaired) -> None:
    """Write what the stream has left: everything received, and the windows without the late."""
    for market in stores.markets.values():
        received = [row for row in bronze_rows(market) if row["source"] == "live"]
        silver.append(stores.lake, "trades", received)
    silver.append(stores.lake, "book_tops", [book_row(one) for one in stores.records])
    silver.append(stores.lake, "late_records", list(late_records(stores)))
    for interval in INTERVALS:
        candles = [row for one in stores.markets.values() for row in one.rows(interval).values()]
        write_windows(stores, f"candles_{interval}", interval, candles)
        rows = expected_liquidity(stores.in_time, LENGTHS_MS[interval]).values()
        computed = [row | {"computed_at_ms": silver.COMPUTED_AT_MS} for row in rows]
        write_windows(stores, f"liquidity_{interval}", interval, computed)


def write_windows(stores: Repaired, name: str, interval: str, rows: list[Row]) -> None:
    silver.append(stores.lake, name, rows)
    with live.database(stores.settings) as database:
        database[name].insert_many(with_ids(interval, live.documents(name, rows)))


def book_row(record: BookRecord) -> Row:
    """Return a record as the job `bronze` writes it."""
    value: dict[str, Any] = dict(record.value())
    for name in ("event_time", "receive_time"):
        value[name] = value.pop(f"{name}_ms")
    decimals = {one.name for one in table("book_tops").fields if one.kind is Kind.DECIMAL}
    return {name: Decimal(cell) if name in decimals else cell for name, cell in value.items()}


def late_records(stores: Repaired) -> Iterator[Row]:
    market = stores.markets[LATE]
    in_time = {trade.trade_id for trade in market.before}
    received = {"market": MARKET, "receive_time": START_MS + 300_000}
    for trade in market.now:
        if trade.trade_id not in in_time:
            yield received | {
                "symbol": LATE, "topic": "trades", "job": "candles",
                "trade_id": trade.trade_id, "event_time": trade.time_ms,
            }  # fmt: skip
    for record in stores.records:
        if record.event_time_ms in LATE_MS:
            yield received | {
                "symbol": BOOK, "topic": "book_tops.binance-spot", "job": "liquidity",
                "trade_id": None, "event_time": record.event_time_ms,
            }  # fmt: skip


def run_and_be_killed(settings: Settings, name: str, call: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, name, str(call), PARAMETERS],
        cwd=ROOT,
        env={**os.environ, **settings.flow_environment()},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, (name, done.stderr[-3_000:])


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("metric", ["candles", "liquidity"])
def test_every_window_is_right_and_revised_once_however_often_the_repair_was_killed(
    repaired: Repaired, metric: str, interval: str
) -> None:
    expected = repaired.expected(metric, interval)
    assert {row["revision"] for row in expected.values()} == {0, 1}
    for store in ("silver", "mongodb"):
        found = repaired.found(store, f"{metric}_{interval}")
        assert sorted(found) == sorted(expected), store
        for key, row in expected.items():
            wanted = without_clock(row)
            assert {name: found[key][name] for name in wanted} == wanted, (store, key)


def test_each_trade_is_in_the_lake_once_and_in_the_rollups(repaired: Repaired) -> None:
    rolled_up = silver.rows_of(repaired.lake, "candles_5m").values()
    stored = repaired.lake.table(table("trades")).scan().to_arrow().to_pylist()
    for symbol, market in repaired.markets.items():
        ids = sorted(row["trade_id"] for row in stored if row["symbol"] == symbol)
        assert ids == [trade.trade_id for trade in [*market.now, *market.after]]
        counts = {r["window_start"]: r["trade_count"] for r in rolled_up if r["symbol"] == symbol}
        assert len(counts) >= LENGTH_MS // ROLLED_UP_MS
        for start_ms, count in counts.items():
            inside = range(start_ms, start_ms + ROLLED_UP_MS)
            assert count == sum(trade.time_ms in inside for trade in market.now)


def test_each_gap_is_told_once_as_repaired(repaired: Repaired) -> None:
    rows = silver.rows_of(repaired.lake, "repairs").values()
    assert {row["state"] for row in rows} == {"repaired"}
    told = {(row["cause"], row["symbol"]) for row in rows}
    assert told == {("gap", GAP), ("late_trades", LATE), ("late_books", BOOK)}
    (gap,) = [row for row in rows if row["cause"] == "gap"]
    market = repaired.markets[GAP]
    # The run that filled it was killed before it could count.
    assert gap["fetched_trades"] == 0
    assert gap["to_id"] - gap["from_id"] + 1 == len(market.now) - len(market.before)
