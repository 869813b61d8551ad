"""The batch job: only what the windows are made from is its own."""

import json
import re
import sqlite3
from collections.abc import Iterable

import pytest

from flink_jobs import candles, liquidity
from flink_jobs.config import JobConfig
from flink_jobs.recompute import JOB
from market.dictionary.feed_events import FeedEvent
from market.dictionary.markets import BOOKS_MARKETS, MARKETS
from market.dictionary.records import Trade
from market.dictionary.tables import TABLES
from market.dictionary.topics import BOOK_TOPS, TRADES
from market.trades.backfills import BackfillRequest, BackfillResult
from market.trades.sequence import Output, TradeSequence
from tests.support.trades import MARKET, START_MS, STREAM, SYMBOL, trade
from tests.unit.flink_jobs.test_ddl import config

SPOT_TRADES = TRADES["binance-spot"]
RANGES = [["binance-spot", "BTCUSDT", 60_000, 120_000, 59_000, 121_000, 0],
          ["binance-usdm", "O'USDT", 180_000, 240_000, 180_000, 239_999, 200_000]]  # fmt: skip


@pytest.fixture
def job_config() -> JobConfig:
    return config(
        "--namespace", "check", "--staging", "check_staging_7", "--ranges", json.dumps(RANGES)
    )


@pytest.fixture
def views(job_config: JobConfig) -> dict[str, str]:
    return dict(JOB.views(job_config))


def selected(text: str) -> list[str]:
    """Return the columns of a statement's first SELECT."""
    columns = text.split("SELECT\n", 1)[1].split("\n  FROM ", 1)[0].split("\nFROM ", 1)[0]
    return re.findall(r"(\w+),?$", columns, re.MULTILINE)


def views_of(touched: Iterable[str]) -> dict[str, str]:
    """Return the views of a job that recomputes a minute of each of some markets."""
    ranges = json.dumps([[market, *RANGES[0][1:]] for market in touched])
    arguments = ("--namespace", "check", "--staging", "check_staging_7", "--ranges", ranges)
    return dict(JOB.views(config(*arguments)))


def test_windows_are_made_by_the_statements_of_the_streams() -> None:
    streams = candles.windows() | liquidity.windows()
    assert len(streams) == len(candles.windows()) + len(liquidity.windows())
    views = views_of(MARKETS)
    assert {name: views[name] for name in streams} == streams


@pytest.mark.parametrize(
    ("touched", "planned"),
    [
        (["binance-spot"], ["binance-spot"]),
        (["binance-usdm"], BOOKS_MARKETS),
        (BOOKS_MARKETS, BOOKS_MARKETS),
    ],
)
def test_books_of_markets_that_are_not_touched_are_not_planned(
    touched: Iterable[str], planned: Iterable[str]
) -> None:
    """But a market without trades is planned beside those with trades, which spreads need."""
    views = views_of(touched)
    books = {f"book_tops_{market.replace('-', '_')}" for market in planned}
    assert {name for name in views if name.startswith("book_tops_")} == books
    assert {table.name for table in TABLES.values() if table.live} <= views.keys()


def test_every_table_of_windows_goes_where_the_caller_said(job_config: JobConfig) -> None:
    targets = [re.findall(r"INSERT INTO (\S+)", text)[0] for text in JOB.inserts(job_config)]
    live = [table.name for table in TABLES.values() if table.live]
    assert sorted(targets) == sorted(f"lake.check_staging_7.{name}" for name in live)


def test_trades_come_with_the_columns_of_their_topic(views: dict[str, str]) -> None:
    assert selected(views["trades"]) == [
        *(one.name for one in SPOT_TRADES.fields),
        "event_time",
    ]


@pytest.mark.parametrize("market", MARKETS)
def test_books_come_with_the_columns_of_their_topic(market: str) -> None:
    text = views_of(MARKETS)[f"book_tops_{market.replace('-', '_')}"]
    inner = "SELECT\n" + text.split("SELECT\n", 2)[2]
    assert selected(inner) == [one.name for one in BOOK_TOPS[market].fields]


def test_only_the_ranges_are_read(views: dict[str, str]) -> None:
    assert "('binance-usdm', 'O''USDT', 180000, 240000, 180000, 239999, 200000)" in views["touched"]
    for name in ("numbered_trades", "book_tops_binance_spot"):
        assert "symbol IN ('BTCUSDT', 'O''USDT')" in views[name]
        assert "event_time >= TO_TIMESTAMP_LTZ(59000, 3)" in views[name]
        assert "event_time <= TO_TIMESTAMP_LTZ(239999, 3)" in views[name]


def unknown_seconds(stored: Iterable[Trade | FeedEvent]) -> set[int]:
    """Return which seconds after the start are unknown, by the job's statements in SQLite."""
    first_ms, end_ms, after_ms = (START_MS + ms for ms in (-20_000, 40_000, 50_000))
    ranges = [[MARKET, SYMBOL, first_ms, end_ms, first_ms, after_ms, 0]]
    read = config("--namespace", "n", "--staging", "n_staging", "--ranges", json.dumps(ranges))
    database = sqlite3.connect(":memory:")
    database.create_function("LEAST", -1, min)
    database.create_function("GREATEST", -1, max)
    database.create_function("TO_TIMESTAMP_LTZ", 2, lambda time_ms, _: time_ms)
    database.execute(
        "CREATE TABLE trades (market, symbol, trade_id, price, quantity, taker_side, "
        "missing_before, event_time, receive_time, source, schema_version)"
    )
    database.execute("CREATE TABLE feed_events (market, symbol, event, from_time_ms, to_time_ms)")
    columns = "market, symbol, from_time_ms, to_time_ms, read_from_ms, read_to_ms, proven_ms"
    database.execute(f"CREATE TABLE touched ({columns})")
    database.execute(f"INSERT INTO touched VALUES ({', '.join('?' * 7)})", ranges[0])
    for one in stored:
        if isinstance(one, Trade):
            row = (
                one.market, one.symbol, one.trade_id, one.price, one.quantity, one.taker_side,
                one.missing_before, one.event_time_ms, one.receive_time_ms, one.source, 1,
            )  # fmt: skip
            database.execute(f"INSERT INTO trades VALUES ({', '.join('?' * 11)})", row)
        else:
            event = (one.market, one.symbol, one.event.value, one.from_time_ms, one.to_time_ms)
            database.execute("INSERT INTO feed_events VALUES (?, ?, ?, ?, ?)", event)
    views = dict(JOB.views(read))
    for name in ("numbered_trades", "unknown_spans"):
        text = re.sub(r"lake\.\w+\.", "", views[name])
        text = re.sub(r"EXTRACT\(EPOCH FROM (\w+)\) \* 1000 \+ EXTRACT\(.*?\)", r"\1", text)
        database.execute(f"CREATE VIEW {name} AS {text}")
    return {
        second
        for start_ms, stop_ms in database.execute("SELECT start_ms, end_ms FROM unknown_spans")
        for second in range((start_ms - START_MS) // 1_000, -((START_MS - stop_ms) // 1_000))
    }


@pytest.mark.parametrize("filled_by", ["connector", "flow"])
def test_time_in_which_ids_may_have_restarted_stays_unknown_when_a_gap_in_it_is_filled(
    filled_by: str,
) -> None:
    """The ids 1 to 100 of the new sequence are stored nowhere, and no stored id shows it."""
    between = tuple(trade(one, START_MS + 5_000 + one, "backfill") for one in range(101, 150))
    target = TradeSequence(MARKET, SYMBOL, STREAM, 1_000)
    outputs: list[Output] = []
    for trade_id, ms in ((99, 0), (100, 500), (50, 3_000), (150, 5_500)):
        outputs += target.on_trade(trade(trade_id, START_MS + ms))
    (request,) = (one for one in outputs if isinstance(one, BackfillRequest))
    if filled_by == "connector":
        outputs += target.on_backfill(BackfillResult(request, between), START_MS)
    target.on_asked()
    outputs += target.on_newest(150, START_MS + 6_000, START_MS)
    if filled_by == "flow":
        outputs += target.give_up("too slow", START_MS)
    outputs += target.on_trade(trade(151, START_MS + 50_000))
    stored = [one for one in outputs if isinstance(one, Trade | FeedEvent)]
    stored += between if filled_by == "flow" else ()
    assert {one.trade_id for one in stored if isinstance(one, Trade)} == {*range(99, 152)}
    assert unknown_seconds(stored) >= set(range(6))
    assert unknown_seconds(stored).isdisjoint(range(6, 40))


def test_time_in_which_restarted_ids_may_just_have_reached_the_old_ones_stays_unknown() -> None:
    target = TradeSequence(MARKET, SYMBOL, STREAM, 1_000)
    outputs: list[Output] = []
    for trade_id, ms in ((99, 0), (100, 500), (50, 3_000)):
        outputs += target.on_trade(trade(trade_id, START_MS + ms))
    target.on_asked()
    outputs += target.on_newest(100, START_MS + 4_200, START_MS)
    outputs += target.on_trade(trade(101, START_MS + 50_000))
    unknown = unknown_seconds(one for one in outputs if isinstance(one, Trade | FeedEvent))
    assert unknown >= set(range(5))
    assert unknown.isdisjoint(range(5, 40))
