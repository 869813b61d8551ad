"""The gate of `gold`: a day of a symbol whose newest suites are red is not rolled up.

What is in `gold` already stays as it is. A red result that cannot be attributed to a symbol
keeps the whole day out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flows.shared.gold import Scope, day_bounds
from market.dictionary.names import record_key
from sql import statement
from stores.trino import query


@dataclass(frozen=True, slots=True)
class Withheld:
    """A day of a symbol that is kept out of `gold`, with one reason; every symbol if unnamed."""

    day: date
    market: str
    symbol: str
    table_name: str
    check_name: str
    wrong_rows: int

    def __str__(self) -> str:
        """Return what is kept out, and why."""
        return (
            f"{self.day} of {self.market} {self.symbol or 'every symbol'}: {self.check_name} of "
            f"{self.table_name} is red for {self.wrong_rows} rows"
        )


def withheld(scope: Scope, day: date) -> list[Withheld]:
    """Return what the newest suites of a day keep out.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    names = scope.names() | day_bounds(day) | {"ops": scope.namespace.layer("ops")}
    rows = query(scope.trino_url, statement("flows/quality/red.sql", names)).rows
    return [Withheld(day, *row) for row in rows]


def publishable(scope: Scope, kept_out: Sequence[Withheld]) -> Scope | None:
    """Return what is left of a scope, or None when that is nothing."""
    if any(not one.symbol for one in kept_out):
        return None
    keys = sorted({record_key(one.market, one.symbol) for one in kept_out})
    return replace(scope, withheld=tuple(keys))
