"""What a quality run looks at: views of a day's rows in Trino, and how fresh each symbol is.

The statements stand in `sql/lake/quality`; what rows must fulfil stands in `expectations`.
"""

from collections.abc import Sequence

from expectations.bounds import Freshness
from expectations.rules import Form, Rule
from expectations.verdicts import Verdict
from flows.gold import Scope
from flows.proofs.reconciliation import Range, instant
from market.schemas import Table
from sql import statement
from sql.trino import query

FRESH = "fresh"
"""Name of the check that a symbol's newest window is near its market's."""


def view_of(table: Table) -> str:
    """Return the name of the view, in `ops`, that a table's suite looks at.

    It stays after the run, so that what is wrong can be looked at: each condition of a row is a
    column ``rule_<name>``.
    """
    return f"checked_{table.name}"


def make_view(scope: Scope, table: Table, rules: Sequence[Rule], span: Range) -> int:
    """Make the view of a table's rows in a range, and return how many there are.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    conditions = [
        f',\n  ({rule.condition}) AS "{rule.columns[0]}"'
        for rule in rules
        if rule.form is Form.HOLDS
    ]
    names = _names(scope, table, span) | {"conditions": "".join(conditions)}
    query(scope.trino_url, statement("lake/quality/view.sql", names))
    ((rows,),) = query(scope.trino_url, statement("lake/quality/count.sql", names)).rows
    return int(rows)


def check_freshness(scope: Scope, table: Table, bound: Freshness, span: Range) -> list[Verdict]:
    """Return whether each symbol's newest window is near its market's: green, or red by symbol.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    text = statement("lake/quality/freshness.sql", _names(scope, table, span))
    found = query(scope.trino_url, text).rows
    name = f"{table.layer}.{table.name}"
    stale = [
        Verdict(
            FRESH,
            name,
            market,
            symbol,
            len(found),
            1,
            f"the newest window ends {newest}, {behind_s} s before the market's newest; "
            f"expected {bound.seconds} s at most: {bound.reason}",
        )
        for market, symbol, behind_s, newest in found
        if behind_s > bound.seconds
    ]
    return stale or ([Verdict(FRESH, name, "", "", len(found), 0)] if found else [])


def _names(scope: Scope, table: Table, span: Range) -> dict[str, str]:
    return scope.names() | {
        "ops": scope.namespace.layer("ops"),
        "layer": scope.namespace.layer(table.layer),
        "table": table.name,
        "view": view_of(table),
        "time": table.time,
        "start": instant(span.start),
        "end": instant(span.end),
    }
