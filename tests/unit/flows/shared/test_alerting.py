"""Which alerts a reconciliation raises, and what they say."""

from flows.shared.alerting import of_findings
from market.dictionary.alerts import Alert
from market.dictionary.tables import table
from market.dictionary.topics import ALERTS
from tests.unit.flows.reconcile.test_reconciliation import finding


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
