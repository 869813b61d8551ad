"""Live, replayed and recomputed from the lake: the same rows of every metric, column by column.

The live run is one whose jobs were stopped and resumed on the way, and forgotten by their cluster.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from flows.shared.config import FlowConfig, read_config
from flows.shared.correction import correct
from flows.shared.recomputation import recomputed
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS, table
from market.dictionary.windows import INTERVAL_MS
from market.touched_ranges import TouchedRange, whole_minutes
from stack import pipeline
from stack.jobs.package import JOBS
from stack.settings import Settings
from stores.flink import Cluster
from stores.iceberg import Lake
from stores.trino import query
from tests.integration.flows.live import database
from tests.integration.interrupted_replay import replay_interrupted
from tests.integration.pipelines import beginning_of, own_pipeline
from tests.support.running_stack import RunningStack
from tests.support.simulated_exchange import CAPTURES, needs_captures
from verify.proof import Expectation, check, expect, replay
from verify.stores import epoch_ms

MARKET, SYMBOL = "binance-spot", "BTCUSDT"
CANDLES = tuple(one for one in WINDOWS if one.name.startswith("candles"))
BOOKS = tuple(one for one in WINDOWS if one not in CANDLES)
DEEP = ("bid_depth_quote", "ask_depth_quote", "obi_5", "obi_20")
UNKNOWN_WINDOWS = {"1s": 60, "1m": 4}
"""Windows of two markets at most in which a book begins to be known, or the recording ends; at full
speed a busy machine takes a while to read the book that the market waited for."""

SECONDS = 240

Row = dict[str, Any]
Rows = Mapping[tuple[Any, ...], Row]


@dataclass(frozen=True, slots=True)
class Run:
    """A pipeline that has read the whole capture, and whose jobs are stopped."""

    settings: Settings

    @property
    def lake(self) -> Lake:
        return pipeline.lake(self.settings)

    @property
    def config(self) -> FlowConfig:
        return read_config(self.settings.flow_environment())

    def rows(self, wanted: Table) -> Rows:
        return read(self.lake, (self.settings.namespace.layer("silver"), wanted.name))

    def everything(self) -> list[TouchedRange]:
        return whole_minutes(
            TouchedRange(market, symbol, epoch_ms(start), epoch_ms(start) + 1)
            for wanted in WINDOWS
            for market, symbol, start in self.rows(wanted)
        )


def read(lake: Lake, identifier: tuple[str, str]) -> Rows:
    """Return a table's windows by key; no key stands twice."""
    found = lake.catalog.load_table(identifier).scan().to_arrow().to_pylist()
    keyed = {(row["market"], row["symbol"], row["window_start"]): row for row in found}
    assert len(keyed) == len(found)
    return keyed


def recorded(rows: Rows, expectation: Expectation) -> Rows:
    """Return the windows within the recording: what the time after it brings is chance."""
    ends = {books.market: books.end_ms for books in expectation.books}
    return {key: row for key, row in rows.items() if epoch_ms(row["window_end"]) <= ends[key[0]]}


def differing(one: Row, other: Row) -> list[str]:
    """Return the columns in which two rows differ, the clock of their making aside."""
    return [name for name in one if name != "computed_at_ms" and one[name] != other[name]]


@pytest.fixture(scope="module")
def expectation(tmp_path_factory: pytest.TempPathFactory) -> Expectation:
    return expect(beginning_of(CAPTURES, SECONDS, tmp_path_factory.mktemp("captures")))


def ended(settings: Settings) -> Run:
    """Let no job add anything to what there is."""
    cluster = Cluster(settings.flink_url)
    for job in cluster.jobs():
        if job.active and job.name in {settings.namespace.job(name) for name in JOBS}:
            cluster.cancel(job.job_id)
    return Run(settings)


@pytest.fixture(scope="module")
def live(stack: RunningStack, expectation: Expectation) -> Iterator[Run]:
    with own_pipeline(stack.settings) as settings:
        replay_interrupted(settings, expectation)
        yield ended(settings)


@needs_captures
def test_a_live_run_that_was_stopped_and_forgotten_leaves_exactly_the_rows_of_the_recorded_market(
    live: Run, expectation: Expectation
) -> None:
    wrong = [one for one in check(live.settings, expectation).comparisons if not one.green]
    assert wrong == []


@needs_captures
def test_a_batch_over_bronze_gives_the_rows_of_the_stream(
    live: Run, expectation: Expectation
) -> None:
    # As the exchange says, which has no trade after the last one.
    proven_ms = {(MARKET, SYMBOL): max(one.to_time_ms for one in live.everything())}
    with recomputed(live.config, live.everything(), lambda _: None, proven_ms) as staging:
        made = {wanted.name: read(live.lake, (staging, wanted.name)) for wanted in WINDOWS}
    for wanted in WINDOWS:
        streamed = recorded(live.rows(wanted), expectation)
        assert len(streamed) > 2
        # The stream has not passed the last windows; a batch knows no such end. Nor a beginning:
        # what of the first minute is before the first trade is unknown to it.
        passed = {key[0]: row["window_end"] for key, row in sorted(streamed.items())}
        begun = {key[0]: key[2] for key in sorted(streamed, reverse=True)}
        batch = {
            key: row
            for key, row in made[wanted.name].items()
            if row["window_end"] <= passed[key[0]] and key[2] >= begun[key[0]]
        }
        before = [row for key, row in made[wanted.name].items() if key[2] < begun[key[0]]]
        assert all(not row["is_final"] for row in before)
        assert batch.keys() == streamed.keys()
        for key, row in streamed.items():
            assert differing(row, batch[key]) == [], (wanted.name, key)


@needs_captures
def test_a_replay_at_full_speed_gives_the_rows_of_the_live_run(
    stack: RunningStack, live: Run, expectation: Expectation
) -> None:
    with own_pipeline(stack.settings) as settings:
        replay(settings, expectation, lambda _: None, speed="max", holds_for_books=True)
        again = ended(settings)
        for wanted in CANDLES:
            streamed, replayed = live.rows(wanted), again.rows(wanted)
            assert streamed.keys() == replayed.keys()
            for key, row in streamed.items():
                assert differing(row, replayed[key]) == [], (wanted.name, key)
        for wanted in BOOKS:
            streamed, replayed = recorded(live.rows(wanted), expectation), again.rows(wanted)
            known = [key for key in streamed if is_known(key, streamed, replayed)]
            assert len(known) >= len(streamed) - UNKNOWN_WINDOWS[wanted.interval]
            unlike = {key: disagreeing(streamed[key], replayed[key]) for key in known}
            assert {key: names for key, names in unlike.items() if names} == {}, wanted.name


def disagreeing(one: Row, other: Row) -> list[str]:
    """Return the columns in which two runs contradict each other.

    How deep a book is known is its newest snapshot's reach, and which one that is is chance.
    """
    deep = [name for name in one if name.startswith(DEEP)]
    is_shallow = any(row[name] is None for row in (one, other) for name in deep)
    return [name for name in differing(one, other) if not (is_shallow and name in deep)]


def is_known(key: tuple[Any, ...], *runs: Rows) -> bool:
    """Tell whether every run knew a book throughout a window, and since when it was so."""
    return all(
        key in rows and rows[key]["is_final"] and rows[key].get("max_quote_age_ms", 0) is not None
        for rows in runs
    )


@needs_captures
def test_a_window_of_books_that_is_not_what_its_records_say_is_corrected_once(live: Run) -> None:
    seconds, minutes = table("liquidity_1s"), table("effective_spread_1m")
    before = {one.name: live.rows(one) for one in (seconds, minutes)}
    second = sorted(before[seconds.name])[100]
    minute = sorted(before[minutes.name])[1]
    spoil(live, seconds, second, "spread_last = spread_last + 1, synced_ms = 1")
    spoil(live, minutes, minute, "quoted_trade_count = 0")
    with database(live.settings) as documents:
        documents[seconds.name].delete_one({"_id": identity(second, "1s")})

    starts = [epoch_ms(key[2]) for key in (second, minute)]
    touched = [TouchedRange(MARKET, SYMBOL, one, one + 1) for one in starts]
    found = {one.table: one for one in correct(live.config, touched)}
    assert (found[seconds.name].corrected, found[minutes.name].corrected) == (1, 1)
    assert not any(found[one.name].is_change for one in CANDLES)

    for wanted, key in ((seconds, second), (minutes, minute)):
        after = live.rows(wanted)
        changed = {one for one in after if after[one]["revision"]}
        assert (changed, after[key]["revision"]) == ({key}, 1)
        assert differing(before[wanted.name][key], after[key]) == ["revision"]
        with database(live.settings) as documents:
            document = documents[wanted.name].find_one({"_id": identity(key, wanted.interval)})
        assert document is not None
        assert document["revision"] == 1
        assert document["computed_at_ms"] == after[key]["computed_at_ms"]


def spoil(run: Run, wanted: Table, key: tuple[str, str, datetime], change: str) -> None:
    silver = run.settings.namespace.layer("silver")
    query(
        run.settings.trino_url,
        f"UPDATE lake.{silver}.{wanted.name} SET {change} WHERE symbol = '{SYMBOL}' "
        f"AND window_start = TIMESTAMP '{key[2]:%Y-%m-%d %H:%M:%S} UTC'",
    )


def identity(key: tuple[str, str, datetime], interval: str) -> str:
    assert interval in INTERVAL_MS
    return f"{key[0]}|{key[1]}|{interval}|{key[2]:%Y-%m-%dT%H:%M:%SZ}"
