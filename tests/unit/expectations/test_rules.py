"""Which rules a table has: what its fields, its key and the bounds give, each with a reason."""

import re
from typing import get_args

import pytest

from expectations.bounds import read_bounds
from expectations.rules import ROW_PREFIX, Form, Rule, rules_of
from market.dictionary.fields import FIELDS, Kind
from market.dictionary.markets import MARKETS
from market.dictionary.records import Source, TakerSide
from market.dictionary.schemas import Table
from market.dictionary.tables import TABLES, table
from market.dictionary.windows import INTERVAL_MS

BOUNDS = read_bounds()
SUITES = [one for one in TABLES.values() if one.layer != "ops"]

each = pytest.mark.parametrize("suite", SUITES, ids=lambda one: one.name)


def rules(suite: Table, form: Form) -> dict[tuple[str, ...], Rule]:
    return {rule.columns: rule for rule in rules_of(suite, BOUNDS) if rule.form is form}


@each
def test_every_column_has_the_type_that_the_dictionary_says(suite: Table) -> None:
    typed = {columns[0] for columns in rules(suite, Form.TYPE)}
    assert typed == {field.name for field in suite.fields if field.kind is not Kind.DECIMALS}


@each
def test_every_number_has_a_range(suite: Table) -> None:
    ranged = {columns[0] for columns in rules(suite, Form.RANGE)}
    numbers = (Kind.LONG, Kind.INT, Kind.DOUBLE, Kind.DECIMAL)
    assert ranged == {field.name for field in suite.fields if field.kind in numbers}


@each
def test_a_key_is_never_null_and_stands_once(suite: Table) -> None:
    assert set(rules(suite, Form.UNIQUE)) == {suite.key}
    assert {(name,) for name in suite.key} <= set(rules(suite, Form.NEVER_NULL))


@each
def test_a_window_is_as_long_as_its_name_says(suite: Table) -> None:
    found = rules(suite, Form.HOLDS).get((f"{ROW_PREFIX}window_length",))
    if not suite.interval:
        assert found is None
        return
    assert found is not None
    assert f"INTERVAL '{INTERVAL_MS[suite.interval] // 1_000}' SECOND" in found.condition


@each
def test_names_are_unique_and_every_rule_has_a_reason(suite: Table) -> None:
    found = rules_of(suite, BOUNDS)
    assert len({rule.name for rule in found}) == len(found)
    assert all(rule.reason for rule in found)


@each
def test_conditions_name_only_columns_of_the_table(suite: Table) -> None:
    known = {field.name for field in suite.fields}
    for rule in rules(suite, Form.HOLDS).values():
        words = set(re.findall(r"[a-z][a-z0-9_]*", rule.condition))
        assert words & set(FIELDS) <= known, rule.name


def test_prices_are_above_zero_and_amounts_not_below() -> None:
    ranges = rules(table("candles_1m"), Form.RANGE)
    assert (ranges["low",].above, ranges["vwap",].above) == (0, 0)
    assert (ranges["volume_base",].least, ranges["trade_count",].least) == (0, 0)
    assert (ranges["completeness",].least, ranges["completeness",].most) == (0, 1)


def test_a_rule_says_in_words_what_it_expects() -> None:
    found = {rule.name: str(rule) for rule in rules_of(table("candles_1m"), BOUNDS)}
    assert found["type(high)"] == "high is DECIMAL(18, 8)"
    assert found["never_null(market)"] == "market is not null"
    assert found["range(low)"] == "low > 0"
    assert found["range(completeness)"] == "0 <= completeness <= 1"
    assert found["unique(market, symbol, window_start)"].endswith("stands twice")
    assert found["missing_is_expected_less_counted"] == (
        "missing_trades = expected_trades - trade_count"
    )


def test_every_bound_is_of_a_column_or_a_table_that_there_is() -> None:
    named = {*BOUNDS.columns, *BOUNDS.one_of}
    named |= {name for one in BOUNDS.never_null for name in one.columns}
    assert named <= set(FIELDS)
    held = {rule.name for suite in SUITES for rule in rules_of(suite, BOUNDS)}
    assert {row.name for row in BOUNDS.rows} <= held
    assert set(BOUNDS.freshness) <= set(TABLES)


def test_choices_are_those_of_the_domain() -> None:
    rules = {rule.name: rule for rule in rules_of(table("trades"), BOUNDS)}
    assert rules["one_of(market)"].values == MARKETS
    assert tuple(BOUNDS.one_of["taker_side"].values) == get_args(TakerSide)
    assert tuple(BOUNDS.one_of["source"].values) == get_args(Source)
