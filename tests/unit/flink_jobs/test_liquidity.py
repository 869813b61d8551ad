"""The job's statements: one text for all markets, every column of every table, in order."""

import re

import pytest

from flink_jobs.config import JobConfig
from flink_jobs.liquidity import JOB
from market.dictionary.markets import MARKETS
from market.dictionary.tables import DOCUMENTS, table
from tests.unit.flink_jobs.test_ddl import config

WINDOWS = ("liquidity_1s", "liquidity_1m", "effective_spread_1m")


@pytest.fixture
def views() -> dict[str, str]:
    return dict(JOB.views(check()))


def check() -> JobConfig:
    return config("--namespace", "check")


def inserts() -> list[str]:
    return list(JOB.inserts(check()))


def test_each_market_is_a_source_of_its_own_with_its_own_watermark() -> None:
    declared = [one for one in JOB.declare(check()) if "TABLE book_tops_" in one]
    assert len(declared) == len(MARKETS)
    assert all("WATERMARK FOR" in one for one in declared)


def test_the_markets_differ_in_nothing_but_their_names(views: dict[str, str]) -> None:
    kinds = ("books", "windows", "sums_1s", "seconds", "sums_1m", "late_books")
    spot = {f"{kind}_binance_spot": views[f"{kind}_binance_spot"] for kind in kinds}
    for name, text in spot.items():
        other = name.replace("binance_spot", "binance_usdm")
        assert views[other] == text.replace("binance_spot", "binance_usdm")


def test_markets_meet_only_after_their_windows(views: dict[str, str]) -> None:
    for name, text in views.items():
        both = all(f"_{market.replace('-', '_')}" in text for market in MARKETS)
        assert both == (name in {"liquidity_sums_1s", "liquidity_sums_1m"}), name


@pytest.mark.parametrize("name", WINDOWS)
def test_a_windows_columns_are_those_of_its_table_in_order(
    name: str, views: dict[str, str]
) -> None:
    text = views.get(f"{name}_binance_spot", views[name])
    selected = text.split("SELECT\n", 1)[1].split("\nFROM ", 1)[0]
    # A column ends a line, alone or as an alias.
    columns = re.findall(r"(?:^  |AS )(\w+),?$", selected, re.MULTILINE)
    assert columns == [field.name for field in table(name).fields]


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_goes_to_kafka_lake_and_mongodb(name: str) -> None:
    targets = [re.findall(r"INSERT INTO (\S+)", text)[0] for text in inserts()]
    assert {f"{name}_topic", f"lake.check_silver.{name}", f"{name}_live"} <= set(targets)


def test_all_late_records_leave_through_one_sink() -> None:
    late = [text for text in inserts() if "INSERT INTO late_records_topic" in text]
    assert len(late) == 1


def test_the_newest_values_are_written_at_once() -> None:
    sinks = [one for one in JOB.declare(check()) if re.search(r"TABLE latest_\w+_live", one)]
    assert len(sinks) == len(DOCUMENTS)
    assert all("'sink.buffer-flush.interval' = '50 ms'" in sink for sink in sinks)
