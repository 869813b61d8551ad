"""What a rollup asks: every table has a query, and no symbol becomes a statement of its own."""

from collections.abc import Sequence
from datetime import date

import pytest

from flows.shared import gold
from flows.shared.gold import Outcome, Scope, days_between, known_days, roll_up_day
from market.dictionary.gold_tables import GOLD
from market.dictionary.names import Namespace
from market.dictionary.schemas import Table
from market.errors import UnknownNameError
from stores.trino import Result

DAY = date(2023, 11, 14)
each = pytest.mark.parametrize("table", GOLD, ids=lambda table: table.name)


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
