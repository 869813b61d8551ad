"""Every lake table and every document; columns are composed of the fields in `fields`."""

from market.dictionary.gold_tables import GOLD
from market.dictionary.record_types import RECORD_TYPES
from market.dictionary.schemas import Table, fields_of
from market.dictionary.window_tables import WINDOW_TYPES
from market.errors import UnknownNameError


def _log(name: str, fields: str, key: str, time: str, description: str) -> Table:
    """Return a table of `ops` that flows write their own work into."""
    return Table(
        layer="ops",
        name=name,
        fields=fields_of(fields),
        key=tuple(key.split()),
        time=time,
        buckets=0,
        sort=(time,),
        version=1,
        description=description,
    )


_OPS = (
    _log(
        "reconciliations",
        "check_name table_name market symbol from_time_ms to_time_ms expected_rows "
        "found_rows missing_rows surplus_rows wrong_rows is_green detail checked_at",
        "check_name table_name market symbol from_time_ms checked_at",
        "checked_at",
        "one check of one symbol over a range; the newest one of a range counts",
    ),
    _log(
        "repairs",
        "market symbol cause from_id to_id from_time_ms to_time_ms state reason detail "
        "fetched_trades corrected_windows found_at changed_at looks next_look_at",
        "market symbol cause from_id to_id from_time_ms to_time_ms",
        "found_at",
        "one gap: what was missing or late, and what the repair made of it",
    ),
    _log(
        "quality_results",
        "check_name table_name market symbol from_time_ms to_time_ms found_rows "
        "wrong_rows is_green detail checked_at",
        "check_name table_name market symbol from_time_ms checked_at",
        "checked_at",
        "one expectation of a table's day: one green row, or a red one a symbol; "
        "the newest ones of a day count",
    ),
    _log(
        "alerts",
        "alert severity market symbol table_name check_name detail from_time_ms "
        "to_time_ms raised_at",
        "alert check_name table_name market symbol from_time_ms raised_at",
        "raised_at",
        "one red check of one symbol, which somebody should look at",
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *(one.table() for one in RECORD_TYPES if one.layer == "bronze"),
        *(table for one in WINDOW_TYPES for table in one.tables()),
        *GOLD,
        *(one.table() for one in RECORD_TYPES if one.layer == "ops"),
        *_OPS,
    )
}
"""Every lake table by name."""


def _latest(name: str, fields: str, description: str) -> Table:
    return Table(
        layer="",
        name=name,
        fields=fields_of(fields),
        key=("market", "symbol"),
        time="event_time",
        buckets=0,
        sort=(),
        version=1,
        description=description,
        live=True,
    )


DOCUMENTS: dict[str, Table] = {
    document.name: document
    for document in (
        _latest(
            "latest_quotes",
            "market symbol is_synced last_update_id bid_price bid_size ask_price ask_size "
            "spread_bps obi_1 obi_5 obi_20 microprice quote_time_ms event_time receive_time "
            "computed_at_ms",
            "the newest best bid and ask of one symbol",
        ),
        _latest(
            "latest_books",
            "market symbol last_update_id bid_prices bid_sizes ask_prices ask_sizes "
            "quote_time_ms event_time receive_time computed_at_ms",
            "the newest 20 best levels a side of one symbol",
        ),
    )
}
"""What only MongoDB holds: one document a market and symbol, by collection."""


WINDOWS = tuple(table for table in TABLES.values() if table.live)
"""The tables of windows that the streams write, in lake and MongoDB."""


def table(name: str) -> Table:
    """Return the lake table of that name.

    Raises:
        UnknownNameError: no such table.
    """
    if name not in TABLES:
        raise UnknownNameError(f"no table is named {name!r}; known: {', '.join(TABLES)}")
    return TABLES[name]
