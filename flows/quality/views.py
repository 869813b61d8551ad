"""The views of a day's rows in Trino that a quality run checks.

The statements are in `sql/flows/quality`, the rules in `expectations`.
"""

from collections.abc import Sequence

from expectations.rules import Form, Rule
from flows.shared.findings import Range
from flows.shared.gold import Scope
from market.dictionary.schemas import Table
from sql import statement
from stores.trino import query
from stores.trino_literals import instant


def view_of(table: Table) -> str:
    """Return the name of the view, in `ops`, that a table's suite reads.

    It stays after the run, so that wrong rows can be inspected: each condition of a row is a column
    ``rule_<name>``.
    """
    return f"checked_{table.name}"


def make_view(scope: Scope, table: Table, rules: Sequence[Rule], span: Range) -> int:
    """Create the view of a table's rows in a range, and return how many there are.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    conditions = [
        f',\n  ({rule.condition}) AS "{rule.columns[0]}"'
        for rule in rules
        if rule.form is Form.HOLDS
    ]
    names = _names(scope, table, span) | {"conditions": "".join(conditions)}
    query(scope.trino_url, statement("flows/quality/view.sql", names))
    ((rows,),) = query(scope.trino_url, statement("flows/quality/count.sql", names)).rows
    return int(rows)


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
