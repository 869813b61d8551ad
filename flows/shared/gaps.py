"""Gaps: what the lake lacks or got too late, as Trino finds it.

The statements are in `sql/flows/repair`; `flows.repair.flow` says what is done about a gap.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from flows.shared.gold import Scope
from sql import statement
from stores.trino import query
from stores.trino_literals import instant


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


def _words(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S}"
