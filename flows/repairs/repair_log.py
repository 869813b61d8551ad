"""Write into `ops.repairs` what became of holes: one row a hole.

A hole is written as found before anything is done about it, so that a run that is killed is
completed by the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from flows.gold import Scope
from flows.repairs.holes import Hole
from sql import statement
from sql.trino import query

_ROWS_A_STATEMENT = 500
"""Far below the length of a statement that Trino refuses."""


class State(StrEnum):
    """Every value of the field `state`."""

    FOUND = "found"
    REPAIRED = "repaired"
    UNREPAIRABLE = "unrepairable"
    """For good: the hole is not asked for again."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What became of a hole; a row of `ops.repairs` but for its times.

    Attributes:
        reason: a short word why the hole cannot be repaired, or not yet; empty otherwise.
        detail: the same in words.
        fetched_trades: appended to bronze by this repair.
        corrected_windows: made or corrected, of all tables.
    """

    hole: Hole
    state: State
    reason: str = ""
    detail: str = ""
    fetched_trades: int = 0
    corrected_windows: int = 0


def record(scope: Scope, repairs: Sequence[Repair]) -> None:
    """Write the state of holes; writing the same again changes only `changed_at`.

    Raises:
        QueryError: Trino refused, or another writer was first; running it again is safe.
    """
    for start in range(0, len(repairs), _ROWS_A_STATEMENT):
        rows = [_row(repair) for repair in repairs[start : start + _ROWS_A_STATEMENT]]
        names = {
            "ops": scope.namespace.layer("ops"),
            "rows": ",\n      ".join(rows),
            "now": _instant(scope.computed_at_ms),
        }
        query(scope.trino_url, statement("lake/repair/record.sql", names))


def _row(repair: Repair) -> str:
    hole = repair.hole
    values = (
        hole.market,
        hole.symbol,
        hole.cause,
        hole.from_id,
        hole.to_id,
        hole.from_time_ms,
        hole.to_time_ms,
        repair.state,
        repair.reason,
        repair.detail,
        repair.fetched_trades,
        repair.corrected_windows,
    )
    return f"({', '.join(_literal(value) for value in values)})"


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


def _instant(time_ms: int) -> str:
    instant = datetime.fromtimestamp(time_ms / 1_000, UTC)
    return f"TIMESTAMP '{instant:%Y-%m-%d %H:%M:%S.%f} UTC'"
