"""Gaps: what the lake lacks or got too late, and what became of it: a row each of `ops.repairs`.

A gap is recorded as found before anything is done about it, so that a run that is killed is
completed by the next one. The statements are in `sql/flows/repair`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from flows.shared.gold import Scope
from sql import statement
from stores.trino import query
from stores.trino_literals import instant, quoted

_ROWS_PER_STATEMENT = 500
"""Far below the length of a statement that Trino refuses."""


class Cause(StrEnum):
    """What makes a gap."""

    GAP = "gap"
    """Trade ids are missing."""
    LATE_TRADES = "late_trades"
    """Trades are in bronze, but they or markers of a gap may have missed their windows."""
    LATE_BOOKS = "late_books"
    """The same, for records of a book."""
    UNKNOWN = "unknown"
    """Windows that were not known to be complete."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap of one symbol; with its cause these values are the key of `ops.repairs`.

    Attributes:
        from_id: first id, `to_id` the last one; None for what has no ids.
        from_time_ms: of a gap, event time of the trade before it, `to_time_ms` of the one after
            it; of unknown windows whole minutes; else of the first and the last late record.
            Epoch milliseconds, inclusive.
        looks: how often the exchange was asked and did not give all of it.
        found_at_ms: our clock when it was written down; 0 before.
        is_attempted: whether a run has dealt with it and left it waiting.
    """

    market: str
    symbol: str
    cause: Cause
    from_id: int | None
    to_id: int | None
    from_time_ms: int
    to_time_ms: int
    looks: int = field(default=0, compare=False)
    found_at_ms: int = field(default=0, compare=False)
    is_attempted: bool = field(default=False, compare=False)

    @property
    def ids(self) -> range:
        """The ids of the gap; empty without any."""
        if self.from_id is None or self.to_id is None:
            return range(0)
        return range(self.from_id, self.to_id + 1)

    def __str__(self) -> str:
        """Return which gap it is."""
        ids = f" ids {self.from_id}..{self.to_id}" if self.ids else ""
        times = f"{_words(self.from_time_ms)} .. {_words(self.to_time_ms)}"
        return f"{self.cause} of {self.market} {self.symbol}{ids}, {times}"


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


def new_gaps(scope: Scope, start: datetime, settle_s: int) -> list[Gap]:
    """Return gaps that `ops.repairs` does not know yet.

    Args:
        scope: whose gaps.
        start: where the search for missing ids begins; gaps and late records that were reported
            are found however old they are.
        settle_s: seconds by which the newest record must follow a gap.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    names = {
        "bronze": scope.namespace.layer("bronze"),
        "start": instant(start),
        "settle_s": str(settle_s),
    }
    return _gaps(scope, "gaps", names)


def pending_gaps(scope: Scope, *, look_again: bool = False) -> list[Gap]:
    """Return gaps that were found and not dealt with yet, and are due.

    Args:
        scope: whose gaps; its clock says what is due.
        look_again: also those marked as unrepairable.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    names = {"now": instant(scope.computed_at_ms), "look_again": str(look_again).upper()}
    return _gaps(scope, "pending", names)


def _gaps(scope: Scope, name: str, names: dict[str, str]) -> list[Gap]:
    filled = scope.names() | {"ops": scope.namespace.layer("ops")} | names
    found = query(scope.trino_url, statement(f"flows/repair/{name}.sql", filled))
    return [Gap(market, symbol, Cause(cause), *row) for market, symbol, cause, *row in found.rows]


def late_not_in_bronze(scope: Scope, gap: Gap) -> int:
    """Return how many late records of a gap bronze does not have; it never has markers.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    of_trades = gap.cause is Cause.LATE_TRADES
    table = "trades" if of_trades else "book_tops"
    names = {
        "bronze": scope.namespace.layer("bronze"),
        "ops": scope.namespace.layer("ops"),
        "table": table,
        "topic": quoted(table),
        "key": "trade_id" if of_trades else "CAST(NULL AS BIGINT)",
        "in_bronze": "trade_id IS NOT NULL" if of_trades else "TRUE",
        "market": quoted(gap.market),
        "symbol": quoted(gap.symbol),
        "from": instant(gap.from_time_ms),
        "to": instant(gap.to_time_ms),
    }
    ((missing,),) = query(scope.trino_url, statement("flows/repair/late_to_come.sql", names)).rows
    return int(missing)


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


def _words(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S}"
