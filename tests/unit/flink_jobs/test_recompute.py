"""The batch job: only what the windows are made from is its own."""

import json
import re

import pytest

from flink_jobs import candles, liquidity
from flink_jobs.config import JobConfig
from flink_jobs.recompute import JOB
from market.dictionary.markets import MARKETS
from market.dictionary.tables import TABLES
from market.dictionary.topics import BOOK_TOPS, TRADES
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


def test_windows_are_made_by_the_statements_of_the_streams(views: dict[str, str]) -> None:
    streams = candles.windows() | liquidity.windows()
    assert len(streams) == len(candles.windows()) + len(liquidity.windows())
    assert {name: views[name] for name in streams} == streams


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
def test_books_come_with_the_columns_of_their_topic(market: str, views: dict[str, str]) -> None:
    text = views[f"book_tops_{market.replace('-', '_')}"]
    inner = "SELECT\n" + text.split("SELECT\n", 2)[2]
    assert selected(inner) == [one.name for one in BOOK_TOPS[market].fields]


def test_only_the_ranges_are_read(views: dict[str, str]) -> None:
    assert "('binance-usdm', 'O''USDT', 180000, 240000, 180000, 239999, 200000)" in views["touched"]
    for name in ("numbered_trades", "book_tops_binance_spot"):
        assert "symbol IN ('BTCUSDT', 'O''USDT')" in views[name]
        assert "event_time >= TO_TIMESTAMP_LTZ(59000, 3)" in views[name]
        assert "event_time <= TO_TIMESTAMP_LTZ(239999, 3)" in views[name]
