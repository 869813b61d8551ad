"""Replace the lake's windows with recomputed ones, by Trino.

The statements are in `sql/flows/correction`; what fills them is derived from
`market.dictionary.tables`. Windows are compared by all columns but those that a correction itself
sets.
"""

from collections.abc import Mapping, Sequence

from flows.shared.config import FlowConfig
from market.dictionary.schemas import Table
from market.touched_ranges import TouchedRange
from sql import statement
from stores.trino_literals import FIRST_MS, instant, quoted, range_rows

_MADE_BY_THE_MERGE = ("late_trades", "revision", "computed_at_ms")
_LATE = '"late_trades" = kept."late_trades" + greatest(made."trade_count" - kept."trade_count", 0)'
_CLOCK = "computed_at_ms"


def merge_statements(
    config: FlowConfig,
    table: Table,
    staging: str,
    ranges: Sequence[TouchedRange],
    *,
    passed: Mapping[str, int],
    without_stream: bool,
    computed_at_ms: int,
) -> tuple[str, str]:
    """Return the statement that counts what a correction would do, and the one that does it.

    Args:
        config: of the run.
        table: whose windows are corrected.
        staging: namespace of the lake that holds the recomputed windows.
        ranges: whole minutes.
        passed: up to where the streams have written windows, by market; epoch milliseconds.
        without_stream: also correct windows that the streams have not passed.
        computed_at_ms: our clock, written into rows that change.
    """
    names = _names(config, table, ranges) | _merge_columns(table)
    names |= {
        "staging": staging,
        "passed": _passed_rows(passed),
        "without_stream": str(without_stream).upper(),
        "computed_at_ms": str(computed_at_ms),
        "is_gap_only": _if_counted(table, "kept_trade_count = 0"),
        "is_empty_unknown": _if_counted(table, "missing_trades IS NULL AND trade_count = 0"),
        "is_unknown_loss": _if_counted(
            table, "missing_trades IS NULL AND trade_count < kept_trade_count"
        ),
    }
    pairs = {"pairs": statement("flows/correction/pairs.sql", names).rstrip()}
    changes, merge = (
        statement(f"flows/correction/{name}.sql", names | pairs) for name in ("changes", "merge")
    )
    return changes, merge


def live_statement(
    config: FlowConfig, table: Table, ranges: Sequence[TouchedRange], passed: Mapping[str, int]
) -> str:
    """Return the statement that finds where MongoDB's windows differ from the lake's.

    Args:
        config: of the run.
        table: whose windows were corrected.
        ranges: whole minutes.
        passed: up to where the streams had written windows before the correction, by market; it may
            have withdrawn the newest ones.
    """
    values = [field.name for field in table.fields if field.name not in table.key]
    compared = [name for name in values if name != _CLOCK]
    names = {
        "database": config.namespace.database(),
        "kept_columns": _join(values, 'kept."{0}"'),
        "value_differs": _join(compared, 'kept."{0}" IS DISTINCT FROM held."{0}"', " OR "),
        "symbols": ", ".join(sorted({quoted(one.symbol) for one in ranges})),
        "passed": _passed_rows(passed),
        "is_gap_only": _if_counted(table, "held.trade_count = 0"),
    }
    return statement("flows/correction/live.sql", _names(config, table, ranges) | names)


def _names(config: FlowConfig, table: Table, ranges: Sequence[TouchedRange]) -> dict[str, str]:
    return {
        "silver": config.namespace.layer("silver"),
        "table": table.name,
        "ranges": range_rows(ranges),
        "start": instant(min(one.from_time_ms for one in ranges)),
        "end": instant(max(one.to_time_ms for one in ranges)),
    }


def _passed_rows(passed: Mapping[str, int]) -> str:
    """Return rows of a VALUES clause, which must not be empty."""
    rows = {"": FIRST_MS} | dict(passed)
    return ",\n        ".join(
        f"({quoted(market)}, {instant(until_ms)})" for market, until_ms in rows.items()
    )


def _if_counted(table: Table, condition: str) -> str:
    """Return a condition for a table that counts missing trades, and FALSE for any other."""
    is_counted = any(field.name == "missing_trades" for field in table.fields)
    return condition if is_counted else "FALSE"


def _merge_columns(table: Table) -> dict[str, str]:
    names = [field.name for field in table.fields]
    values = [name for name in names if name not in (*table.key, *_MADE_BY_THE_MERGE)]
    late = [name for name in names if name == "late_trades"]
    compared = '"{0}" IS DISTINCT FROM "kept_{0}"'
    return {
        "made_columns": _join([*values, *late], 'made."{0}"'),
        "kept_columns": _join(values, 'kept."{0}" AS "kept_{0}"'),
        "value_differs": _join(values, compared, " OR "),
        "set_values": ", ".join([_join(values, '"{0}" = made."{0}"'), *(_LATE for _ in late)]),
        "columns": _join([*values, *late], '"{0}"'),
        "inserted_columns": _join([*values, *late], 'made."{0}"'),
    }


def _join(names: Sequence[str], form: str, between: str = ", ") -> str:
    return between.join(form.format(name) for name in names)
