"""Record in `ops.repairs` what became of gaps: one row per gap.

A gap is recorded as found before anything is done about it, so that a run that is killed is
completed by the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flows.shared.gaps import Gap
from flows.shared.gold import Scope
from sql import statement
from stores.trino import query
from stores.trino_literals import instant, quoted

_ROWS_PER_STATEMENT = 500
"""Far below the length of a statement that Trino refuses."""


class State(StrEnum):
    """Every value of the field `state`."""

    FOUND = "found"
    REPAIRED = "repaired"
    UNREPAIRABLE = "unrepairable"
    """Permanent: only a run with `look_again` asks for it."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What became of a gap; a row of `ops.repairs` but for its times.

    Attributes:
        reason: a short word for why the gap cannot be repaired, or not yet; empty otherwise.
        detail: the same in words.
        fetched_trades: appended to bronze by this repair.
        corrected_windows: made or corrected, of all tables.
        looks: how often the exchange was asked and did not give all of it.
        next_look_at_ms: our clock, before which it is not asked again; None: the next run asks.
    """

    gap: Gap
    state: State
    reason: str = ""
    detail: str = ""
    fetched_trades: int = 0
    corrected_windows: int = 0
    looks: int = 0
    next_look_at_ms: int | None = None


def record(scope: Scope, repairs: Sequence[Repair]) -> None:
    """Write the state of gaps; writing the same again changes only `changed_at`.

    Raises:
        QueryError: Trino refused, or another writer was first; running it again is safe.
    """
    for start in range(0, len(repairs), _ROWS_PER_STATEMENT):
        rows = [_row(repair) for repair in repairs[start : start + _ROWS_PER_STATEMENT]]
        names = {
            "ops": scope.namespace.layer("ops"),
            "rows": ",\n      ".join(rows),
            "now": instant(scope.computed_at_ms),
        }
        query(scope.trino_url, statement("flows/repair/record.sql", names))


def _row(repair: Repair) -> str:
    gap = repair.gap
    values = (
        gap.market,
        gap.symbol,
        gap.cause,
        gap.from_id,
        gap.to_id,
        gap.from_time_ms,
        gap.to_time_ms,
        repair.state,
        repair.reason,
        repair.detail,
        repair.fetched_trades,
        repair.corrected_windows,
        repair.looks,
    )
    next_look = "NULL" if repair.next_look_at_ms is None else instant(repair.next_look_at_ms)
    return f"({', '.join([*map(_literal, values), next_look])})"


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else quoted(value)
