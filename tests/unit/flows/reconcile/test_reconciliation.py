"""What a reconciliation asks, what it makes of the answers, and which alerts it raises."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from flows.reconcile import reconciliation
from flows.reconcile.reconciliation import (
    CHECKS,
    Check,
    ReconciliationError,
    require_green,
    run_check,
)
from flows.shared.alerting import of_findings
from flows.shared.findings import Finding, Range, choose_range
from flows.shared.gold import Scope
from market.dictionary.alerts import Alert
from market.dictionary.names import Namespace
from market.dictionary.tables import TABLES, table
from market.dictionary.topics import ALERTS
from stores.trino import Result

SCOPE = Scope("http://trino", Namespace("check"), ["BTCUSDT"], 1_700_000_000_123)
SPAN = Range(datetime(2023, 11, 15, tzinfo=UTC), datetime(2023, 11, 15, 13, 59, tzinfo=UTC))
COLUMNS = [
    *("market", "symbol", "to_time_ms", "expected_rows", "found_rows"),
    *("missing_rows", "surplus_rows", "wrong_rows", "detail"),
]
NOW = datetime(2023, 11, 15, 14, 10, 5, 123_000, tzinfo=UTC)

each = pytest.mark.parametrize("check", CHECKS, ids=lambda one: f"{one.name}-{one.table.name}")


class Trino:
    """Stands for Trino: remembers statements and answers each with the same rows."""

    def __init__(self, *rows: Sequence[Any]) -> None:
        self.rows = rows
        self.statements: list[str] = []

    def __call__(self, url: str, text: str) -> Result:
        self.statements.append(text)
        return Result(COLUMNS, self.rows)


@pytest.fixture
def trino(monkeypatch: pytest.MonkeyPatch) -> Trino:
    double = Trino(("binance-spot", "BTCUSDT", 1_700_056_740_000, 9, 8, 1, 0, 0, "why"))
    monkeypatch.setattr(reconciliation, "query", double)
    return double


def finding(missing: int = 0, surplus: int = 0, wrong: int = 0, symbol: str = "BTCUSDT") -> Finding:
    return Finding(
        check_name="windows",
        table_name="silver.candles_1s",
        market="binance-spot",
        symbol=symbol,
        from_time_ms=0,
        to_time_ms=60_000,
        expected_rows=60,
        found_rows=60 - missing + surplus,
        missing_rows=missing,
        surplus_rows=surplus,
        wrong_rows=wrong,
        detail="1970-01-01T00:00:01Z differs in close",
    )


def test_ids_windows_live_documents_and_books_are_checked() -> None:
    checked = {(one.name, one.table.name) for one in CHECKS}
    assert checked == {
        ("trade_ids", "trades"),
        ("windows", "candles_1s"),
        ("windows", "candles_1m"),
        ("liquidity", "liquidity_1m"),
        *(("live", name) for name, one in TABLES.items() if one.live),
    }


@each
def test_a_check_asks_for_its_range_and_symbols_in_its_own_namespace(
    check: Check, trino: Trino
) -> None:
    run_check(SCOPE, check, SPAN)
    (text,) = trino.statements
    assert f"lake.check_{check.table.layer}.{check.table.name}" in text
    assert ("live.check_live." in text) is (check.name == "live")
    assert "TIMESTAMP '2023-11-15 00:00:00 UTC'" in text
    assert "TIMESTAMP '2023-11-15 13:59:00 UTC'" in text
    assert "symbol IN ('BTCUSDT')" in text
    assert all(f"'{column}'" in text for column in check.columns)


@each
def test_only_columns_of_the_table_are_compared(check: Check) -> None:
    assert set(check.columns) <= {field.name for field in check.table.fields}


def test_every_value_of_a_document_is_compared_but_for_the_time_that_it_was_made() -> None:
    for check in (one for one in CHECKS if one.name == "live"):
        names = {field.name for field in check.table.fields}
        assert names - {*check.columns} == {"market", "symbol", "window_start", "computed_at_ms"}


def test_a_row_of_the_answer_is_a_finding(trino: Trino) -> None:
    (found,) = run_check(SCOPE, CHECKS[0], SPAN)
    assert (found.check_name, found.table_name) == ("trade_ids", "bronze.trades")
    assert (found.market, found.symbol) == ("binance-spot", "BTCUSDT")
    assert (found.from_time_ms, found.to_time_ms) == (1_700_006_400_000, 1_700_056_740_000)
    assert (found.expected_rows, found.found_rows, found.missing_rows) == (9, 8, 1)
    assert not found.is_green


def test_a_range_without_rows_has_no_findings(trino: Trino) -> None:
    trino.rows = ()
    assert run_check(SCOPE, CHECKS[0], SPAN) == []


@pytest.mark.parametrize("fault", ["missing", "surplus", "wrong"])
def test_loss_surplus_and_a_wrong_value_are_refused_alike(fault: str) -> None:
    red = finding(**{fault: 2}, symbol="ETHUSDT")
    with pytest.raises(ReconciliationError) as raised:
        require_green([finding(), red])
    said = str(raised.value)
    assert said.startswith("1 of 2 checks are red")
    assert "windows of silver.candles_1s, binance-spot ETHUSDT: expected 60 rows" in said
    assert f"2 {fault}" in said
    assert "1970-01-01T00:00:01Z differs in close" in said
    assert "BTCUSDT" not in said


def test_green_findings_pass_and_so_does_an_empty_range() -> None:
    require_green([finding(), finding()])
    require_green([])


def test_a_day_is_checked_from_midnight_to_midnight() -> None:
    span = choose_range(NOW, date(2023, 11, 13), 0, None)
    assert str(span) == "2023-11-13 00:00 .. 2023-11-14 00:00"
    assert choose_range(NOW, None, 2, None) == span
    assert choose_range(NOW, date(2023, 11, 13), 0, 2) == span


def test_today_is_checked_up_to_what_every_table_has_had_time_to_get() -> None:
    assert str(choose_range(NOW, None, 0, None)) == "2023-11-15 00:00 .. 2023-11-15 14:08"


def test_the_last_hours_begin_on_the_hour() -> None:
    assert str(choose_range(NOW, None, 0, 2)) == "2023-11-15 12:00 .. 2023-11-15 14:08"


@pytest.mark.parametrize(
    ("now", "day", "hours"),
    [(NOW, date(2023, 11, 16), None), (NOW.replace(hour=0, minute=1), None, None),
     (NOW.replace(minute=1), None, 0)],
)  # fmt: skip
def test_a_range_that_has_not_begun_is_empty(
    now: datetime, day: date | None, hours: int | None
) -> None:
    span = choose_range(now, day, 0, hours)
    assert span.start == span.end


def alert() -> Alert:
    (raised,) = of_findings([finding(), finding(missing=2, symbol="ETHUSDT")], 1_700_000_000_123)
    return raised


def test_a_red_finding_is_an_alert_and_a_green_one_is_none() -> None:
    raised = alert()
    assert (raised.alert, raised.severity) == ("reconciliation", "error")
    assert (raised.table_name, raised.check_name) == ("silver.candles_1s", "windows")
    assert (raised.from_time_ms, raised.to_time_ms) == (0, 60_000)
    assert "expected 60 rows, found 58: 2 missing" in raised.detail


def test_an_alert_is_keyed_by_market_and_symbol() -> None:
    assert alert().key() == "binance-spot|ETHUSDT"


def test_its_record_has_the_fields_of_the_topic_and_its_row_those_of_the_table() -> None:
    names = set(alert().value())
    assert names == {field.name for field in ALERTS.fields}
    columns = {field.name for field in table("alerts").fields}
    assert names - columns == {"raised_at_ms", "schema_version"}
    assert columns - names == {"raised_at"}
