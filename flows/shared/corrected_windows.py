"""Replace the windows of a table with recomputed ones: in the lake by Trino, then in MongoDB.

The statements are in `sql/flows/correction`; what fills them is derived from
`market.dictionary.tables`. Windows are compared by all columns but those that a correction itself
sets.

MongoDB is compared with the lake as it is, not with what a run has just changed: so a run that was
killed in between is completed by the next one. Documents are those that the streams write, with the
same `_id`.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128
from bson.int64 import Int64
from pymongo import DeleteOne, MongoClient, ReplaceOne

from flows.shared.config import FlowConfig
from market.dictionary.fields import Kind
from market.dictionary.names import window_id
from market.dictionary.schemas import Table
from market.touched_ranges import TouchedRange
from sql import statement
from stores.trino import ConflictError, query
from stores.trino_literals import FIRST_MS, instant, quoted, range_rows

Document = dict[str, Any]
Write = ReplaceOne[Document] | DeleteOne

_MADE_BY_THE_MERGE = ("late_trades", "revision", "computed_at_ms")
_LATE = '"late_trades" = kept."late_trades" + greatest(made."trade_count" - kept."trade_count", 0)'
_CLOCK = "computed_at_ms"
_ATTEMPTS = 5
"""Of a merge: another writer may commit to the table between its read and its commit."""
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Correction:
    """What became of one symbol's windows in one table.

    Attributes:
        unchanged: windows that were right.
        corrected: windows of which a value differed; their `revision` was raised.
        inserted: windows that had no row.
        withdrawn: rows of windows that only a gap had touched, once it is filled.
        surplus: rows that nothing in `bronze` accounts for; they were left as they are.
        documents: MongoDB's documents that were written or deleted.
    """

    table: str
    market: str
    symbol: str
    unchanged: int = 0
    corrected: int = 0
    inserted: int = 0
    withdrawn: int = 0
    surplus: int = 0
    documents: int = 0

    @property
    def is_change(self) -> bool:
        """True when a row or a document was changed."""
        return bool(self.corrected or self.inserted or self.withdrawn or self.documents)

    def __add__(self, other: "Correction") -> "Correction":
        """Return the sum of two corrections of one symbol in one table."""
        return Correction(
            self.table,
            self.market,
            self.symbol,
            self.unchanged + other.unchanged,
            self.corrected + other.corrected,
            self.inserted + other.inserted,
            self.withdrawn + other.withdrawn,
            self.surplus + other.surplus,
            self.documents + other.documents,
        )


def summed(corrections: Iterable[Correction]) -> list[Correction]:
    """Return one correction for each table and symbol."""
    totals: dict[tuple[str, str, str], Correction] = {}
    for one in corrections:
        key = (one.table, one.market, one.symbol)
        totals[key] = totals[key] + one if key in totals else one
    return list(totals.values())


def correct_lake(
    config: FlowConfig,
    table: Table,
    staging: str,
    ranges: Sequence[TouchedRange],
    passed: Mapping[str, int],
    *,
    without_stream: bool,
) -> list[Correction]:
    """Correct a table of the lake; without anything to correct, nothing is committed."""
    changes, merge = merge_statements(
        config,
        table,
        staging,
        ranges,
        passed=passed,
        without_stream=without_stream,
        computed_at_ms=time.time_ns() // 1_000_000,
    )
    found = query(config.trino_url, changes)
    counts = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    corrections = [Correction(table.name, **row) for row in counts]
    if any(one.is_change for one in corrections):
        _commit(config, merge)
    return corrections


def _commit(config: FlowConfig, merge: str) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            query(config.trino_url, merge)
        except ConflictError:
            if attempt == _ATTEMPTS:
                raise
            time.sleep(attempt)
        else:
            return


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


def correct_live(
    config: FlowConfig,
    table: Table,
    ranges: Sequence[TouchedRange],
    passed: Mapping[str, int],
) -> list[Correction]:
    """Correct the documents of a table; MongoDB is compared with the lake as it is."""
    written = write_windows(config, table, live_statement(config, table, ranges, passed))
    return [
        Correction(table.name, market, symbol, documents=count)
        for (market, symbol), count in written.items()
    ]


def write_windows(config: FlowConfig, table: Table, text: str) -> dict[tuple[str, str], int]:
    """Write what differs, and return how many documents of each market and symbol that were.

    Args:
        config: of the run.
        table: whose windows the documents are.
        text: a statement that returns the rows that documents must become; a withdrawn row must
            have no document.

    Raises:
        QueryError: Trino refused or does not answer.
        pymongo.errors.PyMongoError: MongoDB did not take a document; running it again is safe.
    """
    found = query(config.trino_url, text)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    writes = [_write(table, row) for row in rows]
    with MongoClient[Document](config.mongodb_uri) as client:
        collection = client[config.namespace.database()][table.name]
        for start in range(0, len(writes), _BATCH):
            collection.bulk_write(writes[start : start + _BATCH], ordered=False)
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row["market"], row["symbol"])
        counts[key] = counts.get(key, 0) + 1
    return counts


def _write(table: Table, row: Mapping[str, Any]) -> Write:
    key = {"_id": document_id(table, row)}
    if row["is_withdrawn"]:
        return DeleteOne(key)
    return ReplaceOne(key, document(table, row), upsert=True)


def document_id(table: Table, row: Mapping[str, Any]) -> str:
    """Return the `_id` of a window."""
    start: datetime = row["window_start"]
    text = f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return window_id(row["market"], row["symbol"], table.interval, text)


def document(table: Table, row: Mapping[str, Any]) -> Document:
    """Return a row as the streams write it: exact decimals, 64-bit integers, instants as dates."""
    fields = {field.name: _value(field.kind, row[field.name]) for field in table.fields}
    return {"_id": document_id(table, row), **fields}


def _value(kind: Kind, value: Any) -> Any:
    if isinstance(value, Decimal):
        return Decimal128(value)
    if kind is Kind.LONG and value is not None:
        return Int64(value)
    return value
