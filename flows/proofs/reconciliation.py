"""Reconcile a range of the lake with Trino: what should be there against what is.

The statements stand in `sql/lake/reconcile`, one a check; what they compare is listed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.gold import Scope
from market.dictionary.schemas import Table
from market.dictionary.tables import TABLES, table
from market.errors import TidemarkError
from sql import statement
from stores.trino import query

_CANDLE = (
    "window_end open high low close vwap volume_base volume_quote taker_buy_volume_base "
    "taker_sell_volume_base taker_buy_volume_quote taker_sell_volume_quote trade_imbalance "
    "trade_count first_trade_id last_trade_id backfilled_trades"
)
_CLAIMED = "(kept.missing_trades IS NOT NULL OR kept.trade_count >= made.trade_count)"
_UNITS = {"1s": "second", "1m": "minute"}


class ReconciliationError(TidemarkError):
    """Rows are missing, surplus or wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison.

    Attributes:
        name: of the check and of its statement.
        table: that is checked.
        columns: whose values must be equal; none when rows are only counted.
        claimed: SQL, whether a window's values claim anything; of an unknown one, some trades may
            have come since.
    """

    name: str
    table: Table
    columns: Sequence[str] = ()
    claimed: str = "TRUE"


@dataclass(frozen=True, slots=True)
class Range:
    """A span of event time, from its start to before its end; both are whole minutes in UTC."""

    start: datetime
    end: datetime

    def bounds_ms(self) -> tuple[int, int]:
        """Return both ends in epoch milliseconds."""
        return int(self.start.timestamp()) * 1_000, int(self.end.timestamp()) * 1_000

    def __str__(self) -> str:
        """Say which span it is."""
        return f"{self.start:%Y-%m-%d %H:%M} .. {self.end:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found for one symbol; a row of `ops.reconciliations` but for its time.

    Attributes:
        to_time_ms: up to where the lake could be checked, epoch milliseconds, exclusive.
        missing_rows: absent, though nothing explains it.
        surplus_rows: twice, or without a reason to be there.
        wrong_rows: with another value than they should have.
        detail: the first faults in words; empty without any.
    """

    check_name: str
    table_name: str
    market: str
    symbol: str
    from_time_ms: int
    to_time_ms: int
    expected_rows: int
    found_rows: int
    missing_rows: int
    surplus_rows: int
    wrong_rows: int
    detail: str

    @property
    def is_green(self) -> bool:
        """True when nothing is missing, surplus or wrong."""
        return not (self.missing_rows or self.surplus_rows or self.wrong_rows)

    def __str__(self) -> str:
        """Say what was found where."""
        return (
            f"{self.check_name} of {self.table_name}, {self.market} {self.symbol}: expected "
            f"{self.expected_rows} rows, found {self.found_rows}: {self.missing_rows} missing, "
            f"{self.surplus_rows} surplus, {self.wrong_rows} wrong ({self.detail})"
        )


def _live_columns(wanted: Table) -> list[str]:
    left_out = {*wanted.key, "computed_at_ms"}
    return [field.name for field in wanted.fields if field.name not in left_out]


CHECKS: tuple[Check, ...] = (
    Check("trade_ids", table("trades")),
    *(
        Check("windows", table(f"candles_{interval}"), _CANDLE.split(), _CLAIMED)
        for interval in _UNITS
    ),
    *(Check("live", one, _live_columns(one)) for one in TABLES.values() if one.live),
    Check("liquidity", table("liquidity_1m"), ("synced_ms", "update_count", "resyncs")),
)
"""Every check: ids of trades, windows from trades, MongoDB against the lake, minutes of books."""


def run_check(scope: Scope, check: Check, span: Range) -> list[Finding]:
    """Make one check; a symbol of which the range holds nothing has no finding.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    found = query(scope.trino_url, _text(scope, check, span))
    from_time_ms, _ = span.bounds_ms()
    return [
        Finding(
            check_name=check.name,
            table_name=f"{check.table.layer}.{check.table.name}",
            from_time_ms=from_time_ms,
            **dict(zip(found.columns, row, strict=True)),
        )
        for row in found.rows
    ]


def require_green(findings: Sequence[Finding]) -> None:
    """Refuse findings of which any is red.

    Raises:
        ReconciliationError: with each red check, its symbol and its counts.
    """
    red = [finding for finding in findings if not finding.is_green]
    if red:
        lines = "\n".join(str(finding) for finding in red)
        raise ReconciliationError(
            f"{len(red)} of {len(findings)} checks are red; see `lake.ops.reconciliations`\n{lines}"
        )


def _text(scope: Scope, check: Check, span: Range) -> str:
    names = scope.names() | {
        "bronze": scope.namespace.layer("bronze"),
        "ops": scope.namespace.layer("ops"),
        "database": scope.namespace.database(),
        "table": check.table.name,
        "unit": _UNITS.get(check.table.interval, ""),
        "start": instant(span.start),
        "end": instant(span.end),
        "differing": _differing(check.columns),
        "claimed": check.claimed,
    }
    parts = {
        part: statement(f"lake/reconcile/{part}.sql", names).rstrip()
        for part in ("pairs", "counts")
    }
    return statement(f"lake/reconcile/{check.name}.sql", names | parts)


def instant(moment: datetime) -> str:
    """Return a moment as Trino writes it, to the second."""
    return f"TIMESTAMP '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC'"


def _differing(columns: Sequence[str]) -> str:
    """Return an expression for the names of the columns that differ, empty when none does."""
    names = ", ".join(
        f'if(kept."{name}" IS DISTINCT FROM made."{name}", \'{name}\')' for name in columns
    )
    return f"array_join(ARRAY[{names}], ', ')"
