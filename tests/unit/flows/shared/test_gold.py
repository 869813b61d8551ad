"""The days that are rolled up, what a run reports, and what red suites keep out."""

from collections.abc import Sequence
from datetime import date

import pytest

from flows.shared import gold
from flows.shared.gold import (
    Outcome,
    Scope,
    Withheld,
    days_between,
    known_days,
    publishable,
    roll_up_day,
    steps,
    withheld,
)
from market.dictionary.gold_tables import GOLD
from market.dictionary.names import Namespace
from market.dictionary.schemas import Table
from market.dictionary.tables import table
from market.errors import UnknownNameError
from stores.trino import Result

DAY = date(2023, 11, 14)
each = pytest.mark.parametrize("table", GOLD, ids=lambda table: table.name)

RED_DAY = date(2023, 11, 15)
SCOPE = Scope("http://trino", Namespace("check"), [], 0)


class Trino:
    """Stands for Trino: remembers statements and answers each with the same row."""

    def __init__(self, *answer: object) -> None:
        self.answer = answer
        self.statements: list[str] = []

    def __call__(self, url: str, text: str) -> Result:
        self.statements.append(text)
        return Result([], [self.answer])


@pytest.fixture
def trino(monkeypatch: pytest.MonkeyPatch) -> Trino:
    double = Trino(3, 1, 1, 0)
    monkeypatch.setattr(gold, "query", double)
    return double


def scope(symbols: Sequence[str] = ()) -> Scope:
    return Scope("http://trino", Namespace("check"), symbols, 1_700_000_000_123)


@each
def test_a_changed_day_is_merged_into_its_table(table: Table, trino: Trino) -> None:
    assert roll_up_day(scope(), table, DAY) == Outcome(table.name, 3, 1, 1, 0)
    looked, merged = trino.statements
    assert f"lake.check_gold.{table.name}" in looked
    assert f"MERGE INTO lake.check_gold.{table.name} AS kept" in merged
    assert "TIMESTAMP '2023-11-14 00:00:00 UTC'" in merged
    assert "TIMESTAMP '2023-11-15 00:00:00 UTC'" in merged
    assert "1700000000123" in merged
    assert all(f'made."{field.name}"' in merged for field in table.fields
               if field.name not in {"revision", "computed_at_ms"})  # fmt: skip


@each
def test_a_day_without_changes_is_left_alone(table: Table, trino: Trino) -> None:
    trino.answer = (0, 0, 0, 0)
    assert roll_up_day(scope(), table, DAY) == Outcome(table.name)
    assert len(trino.statements) == 1


def test_intervals_of_a_metric_share_a_query(trino: Trino) -> None:
    folders = {table.name: gold.folder(table) for table in GOLD}
    assert folders["candles_5m"] == folders["candles_1d"] == "candles"
    assert folders["correlations"] == "correlations"
    assert folders["daily_summary"] == "daily_summary"


def test_a_rollup_can_be_of_some_symbols(trino: Trino) -> None:
    roll_up_day(scope(["BTCUSDT", "ETHUSDT"]), GOLD[0], DAY)
    assert all("symbol IN ('BTCUSDT', 'ETHUSDT')" in text for text in trino.statements)


@pytest.mark.parametrize("symbol", ["btcusdt", "BTC'; DROP", "", "A" * 41])
def test_a_symbol_of_another_form_is_refused(symbol: str) -> None:
    with pytest.raises(UnknownNameError, match="expected upper-case letters and digits"):
        scope([symbol])


def test_a_rollup_takes_symbols_of_any_script(trino: Trino) -> None:
    roll_up_day(scope(["币安人生USDT", "BTCUSDT_260327"]), GOLD[0], DAY)
    assert all("symbol IN ('币安人生USDT', 'BTCUSDT_260327')" in text for text in trino.statements)


def test_a_lake_without_minutes_has_no_days(trino: Trino) -> None:
    trino.answer = (None, None)
    assert known_days(scope()) is None
    trino.answer = (DAY, DAY)
    assert known_days(scope()) == (DAY, DAY)


def test_a_range_of_days_ends_before_its_end() -> None:
    assert list(days_between(DAY, date(2023, 11, 16))) == [DAY, date(2023, 11, 15)]
    assert list(days_between(DAY, DAY)) == []


def test_outcomes_of_days_add_up() -> None:
    total = Outcome("candles_1h", 5, 2, 1, 1) + Outcome("candles_1h", 1, 0, 1)
    assert total == Outcome("candles_1h", 6, 2, 2, 1)
    assert total.unchanged == 1


def red(symbol: str = "BTCUSDT", market: str = "binance-spot") -> Withheld:
    return Withheld(RED_DAY, market, symbol, "silver.candles_1m", "prices_in_order", 2)


def test_the_newest_results_of_the_day_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def query(url: str, text: str) -> Result:
        asked.append(text)
        return Result([], [["binance-spot", "BTCUSDT", "silver.candles_1m", "prices_in_order", 2]])

    monkeypatch.setattr(gold, "query", query)
    assert withheld(SCOPE, RED_DAY) == [red()]
    assert "lake.check_ops.quality_results" in asked[0]
    assert "TIMESTAMP '2023-11-15 00:00:00 UTC'" in asked[0]


def test_without_a_red_result_everything_is_published() -> None:
    assert publishable(SCOPE, []) == SCOPE


def test_a_red_symbol_is_kept_out_in_its_own_market_only() -> None:
    left = publishable(SCOPE, [red(), red(), red("ETHUSDT", "binance-usdm")])
    assert left is not None
    assert left.withheld == ("binance-spot|BTCUSDT", "binance-usdm|ETHUSDT")


def test_a_result_that_concerns_every_symbol_keeps_the_day_out() -> None:
    assert publishable(SCOPE, [red(), red("")]) is None


def test_a_kept_out_symbol_is_in_neither_half_of_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def query(url: str, text: str) -> Result:
        asked.append(text)
        return Result([], [[1, 1, 0]])

    monkeypatch.setattr(gold, "query", query)
    left = publishable(SCOPE, [red()])
    assert left is not None
    roll_up_day(left, table("correlations"), RED_DAY)
    assert len(asked) == 2
    for text in asked:
        assert "market || '|' || symbol NOT IN ('binance-spot|BTCUSDT')" in text
        assert "market || '|' || other_symbol NOT IN ('binance-spot|BTCUSDT')" in text


def test_a_withheld_day_says_why() -> None:
    assert str(red()) == (
        "2023-11-15 of binance-spot BTCUSDT: prices_in_order of silver.candles_1m is red for 2 rows"
    )
    assert "every symbol" in str(red(""))


def test_each_table_is_rolled_up_after_those_that_it_is_made_from() -> None:
    from_silver, from_gold = steps()
    assert [*from_silver, *from_gold] == list(GOLD)
    assert [one.name for one in from_gold] == ["daily_summary"]
