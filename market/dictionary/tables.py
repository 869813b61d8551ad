"""Every lake table and every document; columns are composed of the fields in `fields`."""

from market.dictionary.fields import Field, field
from market.dictionary.gold_tables import GOLD
from market.dictionary.names import MARKETS
from market.dictionary.schemas import Table, fields_of
from market.dictionary.topics import (
    BOOK_SNAPSHOTS,
    BOOK_TOPS,
    CANDLES_1S,
    DEPTH_DIFFS,
    EFFECTIVE_SPREAD_1M,
    LIQUIDITY_1S,
)
from market.errors import UnknownNameError

_INSTANTS = {"event_time_ms": field("event_time"), "receive_time_ms": field("receive_time")}
_BOOK_TOPS = BOOK_TOPS[MARKETS[0]].fields


def _received(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return a topic's fields as the lake keeps them: with instants, and nothing of lateness."""
    kept = (one for one in fields if one.name != "late_after_ms")
    return tuple(_INSTANTS.get(one.name, one) for one in kept)


def _windows(metric: str, fields: tuple[Field, ...], interval: str, description: str) -> Table:
    return Table(
        layer="silver",
        name=f"{metric}_{interval}",
        fields=fields,
        key=("market", "symbol", "window_start"),
        time="window_start",
        buckets=0,
        sort=("symbol", "window_start"),
        version=1,
        description=description,
        interval=interval,
        live=True,
    )


def _bronze(name: str, fields: tuple[Field, ...], key: str, description: str) -> Table:
    return Table(
        layer="bronze",
        name=name,
        fields=fields,
        key=("market", "symbol", key),
        time="event_time",
        buckets=4,
        sort=("symbol", "event_time"),
        version=1,
        description=description,
    )


def _latest(name: str, fields: tuple[Field, ...], description: str) -> Table:
    return Table(
        layer="",
        name=name,
        fields=fields,
        key=("market", "symbol"),
        time="event_time",
        buckets=0,
        sort=(),
        version=1,
        description=description,
        live=True,
    )


_CANDLE = "VWAP, OHLCV and taker volumes of one symbol in one"
_LIQUIDITY = "spread, order book imbalance, microprice and depth of one symbol in one"

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _bronze(
            "trades",
            fields_of(
                "market symbol trade_id price quantity taker_side missing_before event_time "
                "receive_time source schema_version"
            ),
            "trade_id",
            "one trade as received, exactly once",
        ),
        _bronze(
            "book_tops",
            _received(_BOOK_TOPS),
            "book_sequence",
            "what a verified book was from an instant on, or that it is unknown",
        ),
        _bronze(
            "book_snapshots",
            _received(BOOK_SNAPSHOTS.fields),
            "event_time",
            "the 20 best levels a side of a verified book",
        ),
        _bronze(
            "depth_diffs",
            _received(DEPTH_DIFFS.fields),
            "last_update_id",
            "one diff of a book as the exchange sent it",
        ),
        _windows("candles", CANDLES_1S.fields, "1s", f"{_CANDLE} second"),
        _windows("candles", CANDLES_1S.fields, "1m", f"{_CANDLE} minute"),
        _windows("liquidity", LIQUIDITY_1S.fields, "1s", f"{_LIQUIDITY} second"),
        _windows("liquidity", LIQUIDITY_1S.fields, "1m", f"{_LIQUIDITY} minute"),
        _windows(
            "effective_spread",
            EFFECTIVE_SPREAD_1M.fields,
            "1m",
            "effective spread of the trades of one symbol in one minute",
        ),
        *GOLD,
        Table(
            layer="ops",
            name="feed_events",
            fields=fields_of(
                "market symbol connector task stream event detail from_id to_id from_time_ms "
                "to_time_ms event_time_ms receive_time"
            ),
            key=(),
            time="receive_time",
            buckets=0,
            sort=("receive_time",),
            version=1,
            description="one event of a feed: connected, gap found, gap repaired and so on",
        ),
        Table(
            layer="ops",
            name="dead_letters",
            fields=fields_of(
                "market symbol connector task stream reason detail payload receive_time"
            ),
            key=(),
            time="receive_time",
            buckets=0,
            sort=("receive_time",),
            version=1,
            description="one record that was refused, with the reason",
        ),
        Table(
            layer="ops",
            name="reconciliations",
            fields=fields_of(
                "check_name table_name market symbol from_time_ms to_time_ms expected_rows "
                "found_rows missing_rows surplus_rows wrong_rows is_green detail checked_at"
            ),
            key=("check_name", "table_name", "market", "symbol", "from_time_ms", "checked_at"),
            time="checked_at",
            buckets=0,
            sort=("checked_at",),
            version=1,
            description="one check of one symbol over a range; the newest one of a range counts",
        ),
        Table(
            layer="ops",
            name="repairs",
            fields=fields_of(
                "market symbol cause from_id to_id from_time_ms to_time_ms state reason detail "
                "fetched_trades corrected_windows found_at changed_at looks next_look_at"
            ),
            key=("market", "symbol", "cause", "from_id", "to_id", "from_time_ms", "to_time_ms"),
            time="found_at",
            buckets=0,
            sort=("found_at",),
            version=1,
            description="one gap: what was missing or late, and what the repair made of it",
        ),
        Table(
            layer="ops",
            name="quality_results",
            fields=fields_of(
                "check_name table_name market symbol from_time_ms to_time_ms found_rows "
                "wrong_rows is_green detail checked_at"
            ),
            key=("check_name", "table_name", "market", "symbol", "from_time_ms", "checked_at"),
            time="checked_at",
            buckets=0,
            sort=("checked_at",),
            version=1,
            description="one expectation of a table's day: one green row, or a red one a symbol; "
            "the newest ones of a day count",
        ),
        Table(
            layer="ops",
            name="alerts",
            fields=fields_of(
                "alert severity market symbol table_name check_name detail from_time_ms "
                "to_time_ms raised_at"
            ),
            key=(
                "alert",
                "check_name",
                "table_name",
                "market",
                "symbol",
                "from_time_ms",
                "raised_at",
            ),
            time="raised_at",
            buckets=0,
            sort=("raised_at",),
            version=1,
            description="one red check of one symbol, which somebody should look at",
        ),
        Table(
            layer="ops",
            name="late_records",
            fields=fields_of(
                "market symbol topic job trade_id event_time watermark_ms receive_time"
            ),
            key=(),
            time="event_time",
            buckets=0,
            sort=("symbol", "event_time"),
            version=1,
            description="one record that may have missed its window; the repair reads it",
        ),
    )
}
"""Every lake table by name."""

DOCUMENTS: dict[str, Table] = {
    document.name: document
    for document in (
        _latest(
            "latest_quotes",
            fields_of(
                "market symbol is_synced last_update_id bid_price bid_size ask_price ask_size "
                "spread_bps obi_1 obi_5 obi_20 microprice quote_time_ms event_time receive_time "
                "computed_at_ms"
            ),
            "the newest best bid and ask of one symbol",
        ),
        _latest(
            "latest_books",
            fields_of(
                "market symbol last_update_id bid_prices bid_sizes ask_prices ask_sizes "
                "quote_time_ms event_time receive_time computed_at_ms"
            ),
            "the newest 20 best levels a side of one symbol",
        ),
    )
}
"""What only MongoDB holds: one document a market and symbol, by collection."""


def table(name: str) -> Table:
    """Return the lake table of that name.

    Raises:
        UnknownNameError: no such table.
    """
    if name not in TABLES:
        raise UnknownNameError(f"no table is named {name!r}; known: {', '.join(TABLES)}")
    return TABLES[name]
