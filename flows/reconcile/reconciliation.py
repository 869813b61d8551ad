"""Reconcile a range of the lake with Trino: compare what should be there with what is.

The statements are in `sql/flows/reconcile`, one per check; what they compare is listed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.shared.findings import Finding, Range
from flows.shared.gold import Scope
from market.dictionary.schemas import Table
from market.dictionary.tables import TABLES, table
from market.errors import TidemarkError
from sql import statement
from stores.trino import query
from stores.trino_literals import instant

_CANDLE = (
    "window_end open high low close vwap volume_base volume_quote taker_buy_volume_base "
    "taker_sell_volume_base taker_buy_volume_quote taker_sell_volume_quote trade_imbalance "
    "trade_count first_trade_id last_trade_id backfilled_trades"
)
_CLAIMED = "(kept.missing_trades IS NOT NULL OR kept.trade_count >= made.trade_count)"
_SOURCES = {
    "windows": ("lake.{bronze}.trades", "event_time", "event_time"),
    "liquidity": ("lake.{silver}.liquidity_1s", "window_start", "window_end"),
}
"""What the windows of a check are made from, and the columns with its start and end."""
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
        claimed: SQL, whether a window's values claim anything; an unknown window may have got more
            trades since.
    """

    name: str
    table: Table
    columns: Sequence[str] = ()
    claimed: str = "TRUE"


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
    """Run one check; a symbol with nothing in the range has no finding.

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
    """Raise an error if any finding is red.

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
    wanted = ["pairs", "counts"]
    if check.name in _SOURCES:
        source, start, end = _SOURCES[check.name]
        names |= {"source": source.format(**names), "source_start": start, "source_end": end}
        wanted.append("reached")
    parts = {part: statement(f"flows/reconcile/{part}.sql", names).rstrip() for part in wanted}
    return statement(f"flows/reconcile/{check.name}.sql", names | parts)


def _differing(columns: Sequence[str]) -> str:
    """Return an expression for the names of the columns that differ, empty when none does."""
    names = ", ".join(
        f'if(kept."{name}" IS DISTINCT FROM made."{name}", \'{name}\')' for name in columns
    )
    return f"array_join(ARRAY[{names}], ', ')"
