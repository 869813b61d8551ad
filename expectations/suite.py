"""Suites of Great Expectations over views in Trino. Importing this takes seconds.

A suite is run twice: once for the verdicts, which Great Expectations gets for all columns in one
query, and again only for rules that are broken, to learn whose rows break them.
"""

import logging
import os
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

# Set before the import: nothing about a run leaves the machine.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import ProgressBarsConfig

from expectations.rules import ROW_PREFIX, ExpectationError, Form, Rule, Verdict
from market.dictionary.schemas import Table

CATALOG = "lake"
ATTRIBUTED_ROWS = 2_000
"""So many broken rows are asked for; a rule that more rows break is red for every symbol."""

_TOLD = 3
_WHOSE = ("market", "symbol")

logging.getLogger("great_expectations").setLevel(logging.WARNING)


class Suites:
    """Runs suites against one Trino.

    Args:
        trino_url: such as ``http://127.0.0.1:8080``.
        schema: that holds the views.
    """

    def __init__(self, trino_url: str, schema: str) -> None:
        address = urlsplit(trino_url)
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._source = self._context.data_sources.add_sql(
            "trino",
            connection_string=(
                f"trino://tidemark@{address.hostname}:{address.port}/{CATALOG}/{schema}"
            ),
            create_temp_table=False,
        )

    def run(self, table: Table, view: str, rules: Sequence[Rule], rows: int) -> list[Verdict]:
        """Look at a view of a table, and return what became of each rule.

        Args:
            table: whose rows the view has.
            view: its name; it has the columns of the table and one for each condition of a row.
            rules: of the table.
            rows: that the view has.

        Raises:
            ExpectationError: a rule could not be looked at.
        """
        asset = self._source.add_table_asset(view, table_name=view)
        batch = asset.add_batch_definition_whole_table("range").get_batch()
        by_name = {rule.name: rule for rule in rules}
        results = _validate(batch, rules, {"result_format": "BOOLEAN_ONLY"})
        broken = [by_name[name] for name, result in results.items() if not result.success]
        named = _validate(batch, broken, _whose_format(table)) if broken else {}
        name = f"{table.layer}.{table.name}"
        verdicts = []
        for rule in rules:
            if rule.name in named:
                verdicts += _red(rule, name, rows, named[rule.name].result)
            else:
                verdicts.append(Verdict(rule.name, name, "", "", rows, 0))
        return verdicts


def _validate(batch: Any, rules: Sequence[Rule], result_format: dict[str, Any]) -> dict[str, Any]:
    suite = gx.ExpectationSuite(name="suite", expectations=[_expectation(rule) for rule in rules])
    results = {}
    for result in batch.validate(suite, result_format=result_format).results:
        name = result.expectation_config.meta["rule"]
        if result.exception_info and _has_raised(result.exception_info):
            raise ExpectationError(
                f"rule {name}: expected an answer, found {result.exception_info}"
            )
        results[name] = result
    return results


def _has_raised(info: Any) -> bool:
    """Tell whether a rule could not be evaluated; told in one of two shapes."""
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(one["raised_exception"] for one in info.values())


def _whose_format(table: Table) -> dict[str, Any]:
    return {
        "result_format": "SUMMARY",
        "partial_unexpected_count": ATTRIBUTED_ROWS,
        "unexpected_index_column_names": [*table.key] or [*_WHOSE, table.time],
    }


def _expectation(rule: Rule) -> Any:
    about: dict[str, Any] = {"meta": {"rule": rule.name, "reason": rule.reason}}
    column = rule.columns[0]
    match rule.form:
        case Form.TYPE:
            return gxe.ExpectColumnValuesToBeOfType(column=column, type_=rule.values[0], **about)
        case Form.NEVER_NULL:
            return gxe.ExpectColumnValuesToNotBeNull(column=column, **about)
        case Form.UNIQUE:
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(rule.columns), **about)
        case Form.ONE_OF:
            return gxe.ExpectColumnValuesToBeInSet(
                column=column, value_set=list(rule.values), **about
            )
        case Form.HOLDS:
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[True], **about)
    return gxe.ExpectColumnValuesToBeBetween(
        column=column,
        min_value=rule.least if rule.above is None else rule.above,
        max_value=rule.most,
        strict_min=rule.above is not None,
        **about,
    )


def _red(rule: Rule, table_name: str, rows: int, result: dict[str, Any]) -> list[Verdict]:
    """Return a verdict for each symbol whose rows break a rule, or one for all."""
    listed = result.get("partial_unexpected_index_list") or result.get("partial_unexpected_list")
    wrong: int = result.get("unexpected_count", rows)
    faults: list[dict[str, Any]] = [one for one in listed or () if isinstance(one, dict)]
    if not faults or len(faults) < wrong:
        detail = "; ".join(_words(one) for one in faults[:_TOLD]) or str(rule)
        return [Verdict(rule.name, table_name, "", "", rows, max(wrong, 1), detail)]
    by_symbol: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for fault in faults:
        by_symbol[str(fault["market"] or ""), str(fault["symbol"] or "")].append(fault)
    return [
        Verdict(
            rule.name,
            table_name,
            market,
            symbol,
            rows,
            len(own),
            f"{rule}, found {'; '.join(_words(one) for one in own[:_TOLD])}",
        )
        for (market, symbol), own in by_symbol.items()
    ]


def _words(fault: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value.isoformat() if isinstance(value, datetime) else value}"
        for name, value in fault.items()
        if name not in _WHOSE and not name.startswith(ROW_PREFIX)
    )
