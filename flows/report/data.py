"""The data of a report on one symbol's day, as Trino answers it; nothing is rounded here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flows.shared.gold import Scope
from sql import statement
from stores.trino import query
from stores.trino_literals import instant

Row = Mapping[str, Any]

MINUTES = 1_440
"""In a day of UTC, which always has this length."""


@dataclass(frozen=True, slots=True)
class SymbolDay:
    """A symbol's day, UTC.

    Attributes:
        minutes: one row per minute that has trades or a book; `minute` counts from midnight.
        hours: 24 rows; what is not rolled up is None.
        correlations: one row per window and other symbol; `minute` is where the window ends.
        summary: of the whole day; empty while it is not rolled up.
    """

    market: str
    symbol: str
    day: date
    minutes: Sequence[Row]
    hours: Sequence[Row]
    correlations: Sequence[Row]
    summary: Row

    def series(self, column: str) -> list[float]:
        """Return a column of the minutes, all 1,440 of them; NaN where nothing is known."""
        values = [float("nan")] * MINUTES
        for row in self.minutes:
            if row[column] is not None:
                values[row["minute"]] = float(row[column])
        return values


def symbols_of(scope: Scope, day: date) -> list[tuple[str, str]]:
    """Return the markets and symbols that a day has minutes of.

    Raises:
        QueryError: Trino refused, or does not answer.
    """
    return [(row["market"], row["symbol"]) for row in _ask(scope, "symbols", day)]


def read_day(scope: Scope, day: date, market: str, symbol: str) -> SymbolDay:
    """Return a symbol's day.

    Raises:
        QueryError: Trino refused, or does not answer.
    """
    minutes, hours, correlations, summary = (
        _ask(scope, name, day, market=market, symbol=symbol)
        for name in ("minutes", "hours", "correlations", "summary")
    )
    first: Row = next(iter(summary), {})
    return SymbolDay(market, symbol, day, minutes, hours, correlations, first)


def _ask(scope: Scope, name: str, day: date, **chosen: str) -> list[Row]:
    names = scope.names() | {
        "ops": scope.namespace.layer("ops"),
        "start": instant(day),
        "end": instant(day + timedelta(days=1)),
    }
    found = query(scope.trino_url, statement(f"flows/report/{name}.sql", names | chosen))
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]
