"""What a quality run checks, and what it says of the answers."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from expectations.bounds import read_bounds
from expectations.rules import Verdict, rules_of
from flows.quality import views
from flows.quality.flow import LAYERS, choose_tables
from flows.quality.page import render
from flows.quality.results import QualityError, require_green
from flows.quality.views import make_view
from flows.shared.findings import Range
from flows.shared.gold import Scope
from market.dictionary.names import Namespace
from market.dictionary.tables import TABLES, table
from market.errors import UnknownNameError
from stores.trino import Result

SCOPE = Scope("http://trino", Namespace("check"), [], 0)
SPAN = Range(datetime(2023, 11, 15, tzinfo=UTC), datetime(2023, 11, 16, tzinfo=UTC))


def verdict(wrong: int = 0, symbol: str = "", detail: str = "") -> Verdict:
    market = "binance-spot" if symbol else ""
    return Verdict("prices_in_order", "silver.candles_1m", market, symbol, 9, wrong, detail)


def test_every_table_of_markets_has_a_suite() -> None:
    assert {one.name for one in choose_tables(None)} == {
        name for name, one in TABLES.items() if one.layer in LAYERS
    }
    assert [one.name for one in choose_tables(["trades"])] == ["trades"]


def test_a_table_without_a_suite_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="tables alerts: expected some of trades"):
        choose_tables(["trades", "alerts"])


def test_red_verdicts_are_refused_by_name() -> None:
    require_green([verdict()])
    with pytest.raises(QualityError) as raised:
        require_green([verdict(), verdict(2, "BTCUSDT", "low 3")])
    assert "1 of 2 results are red" in str(raised.value)
    assert "prices_in_order of silver.candles_1m, binance-spot BTCUSDT: 2 of 9" in str(raised.value)


def test_a_view_has_a_column_for_each_condition_of_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def query(url: str, text: str) -> Result:
        asked.append(text)
        return Result([], [[7]])

    monkeypatch.setattr(views, "query", query)
    rules = rules_of(table("candles_1m"), read_bounds())
    assert make_view(SCOPE, table("candles_1m"), rules, SPAN) == 7
    view, count = asked
    assert "VIEW lake.check_ops.checked_candles_1m AS" in view
    assert 'AS "rule_window_length"' in view
    assert "window_start < TIMESTAMP '2023-11-16 00:00:00 UTC'" in view
    assert "lake.check_ops.checked_candles_1m" in count


def test_a_page_shows_red_results_first_with_their_reason_and_escapes_what_it_shows() -> None:
    rules = {rule.name: rule for rule in rules_of(table("candles_1m"), read_bounds())}
    wrong = verdict(2, "BTCUSDT", "low <b>")
    page = render(SPAN, SPAN.end, [verdict(), wrong], {"silver.candles_1m": rules})
    assert "2 results, 1 red" in page
    assert "low &lt;b&gt;" in page
    assert "no trade was below the lowest" in page
    assert page.index('class="red"') < page.index('class="green"')


def test_importing_the_flow_does_not_load_great_expectations() -> None:
    code = "import sys, flows.deployments; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
