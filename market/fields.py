"""The dictionary of fields: every column of every record and table, once.

A name means one quantity in one unit wherever it appears: topic, table, document, view, page.
`market.tables` composes these; Flink DDL, Iceberg schemas, Trino's `_schema` documents and the
data dictionary are derived. Engine-specific type names must not appear here.
"""

from dataclasses import dataclass
from enum import StrEnum

from market.errors import UnknownNameError


class Kind(StrEnum):
    """The logical type of a field; each adapter maps it to its engine's type."""

    STRING = "string"
    LONG = "long"
    INT = "int"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    TIMESTAMP = "timestamp"
    """An instant in UTC; milliseconds in streams and documents, microseconds in the lake."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, logical type, unit and meaning.

    Attributes:
        name: snake_case, with the unit where there is one.
        kind: logical type; `precision` and `scale` are set for `Kind.DECIMAL` only.
        unit: what a value of 1 means (``quote``, ``base``, ``ms``, ``trades``); empty for none.
        description: one sentence; says when the value is null.
    """

    name: str
    kind: Kind
    unit: str
    description: str
    precision: int = 0
    scale: int = 0


PRICE_PRECISION, SIZE_PRECISION, WIRE_SCALE = 18, 19, 8
"""Exchange numbers have 8 decimals. 18 + 19 + 1 = 38 digits: a product price * quantity is then
exact in every engine (a wider type would round it), and a quantity may reach 10^11."""


def _text(name: str, description: str, unit: str = "") -> Field:
    return Field(name, Kind.STRING, unit, description)


def _long(name: str, unit: str, description: str) -> Field:
    return Field(name, Kind.LONG, unit, description)


def _double(name: str, unit: str, description: str) -> Field:
    return Field(name, Kind.DOUBLE, unit, description)


def _price(name: str, description: str) -> Field:
    return Field(name, Kind.DECIMAL, "quote per base", description, PRICE_PRECISION, WIRE_SCALE)


def _base(name: str, description: str) -> Field:
    return Field(name, Kind.DECIMAL, "base", description, 38, WIRE_SCALE)


def _quote(name: str, description: str) -> Field:
    return Field(name, Kind.DECIMAL, "quote", description, 38, 2 * WIRE_SCALE)


def _instant(name: str, description: str) -> Field:
    return Field(name, Kind.TIMESTAMP, "UTC", description)


_ALL = (
    # identity
    _text("market", "Venue and product, such as `binance-spot`."),
    _text("symbol", "The exchange's symbol in upper case; empty on a heartbeat."),
    _text("kind", "`trade`; `gap` and `heartbeat` are markers and never reach the lake."),
    _text("source", "How the record reached us: `live`, `backfill` or `archive`."),
    Field("schema_version", Kind.INT, "", "Version of the record's contract."),
    # time
    _long("event_time_ms", "ms", "The exchange's own trade or match time, epoch milliseconds."),
    _long("receive_time_ms", "ms", "Our clock at receipt; may run behind the exchange's."),
    _instant("event_time", "`event_time_ms` as an instant."),
    _instant("receive_time", "`receive_time_ms` as an instant."),
    # trades
    _long(
        "trade_id",
        "",
        "The exchange's id, consecutive in a symbol; on a gap's first marker the id before it.",
    ),
    _price("price", "Price of the trade."),
    Field("quantity", Kind.DECIMAL, "base", "Size of the trade.", SIZE_PRECISION, WIRE_SCALE),
    _text("taker_side", "Side of the aggressor: `buy` or `sell`."),
    _long(
        "missing_before",
        "trades",
        "Trade ids missing directly before this record; null when no earlier trade is known.",
    ),
    _long(
        "gap_end_time_ms",
        "ms",
        "On a `gap` marker: event time of the first trade after the gap; null otherwise.",
    ),
    # windows
    _instant("window_start", "First instant of the window, inclusive."),
    _instant("window_end", "End of the window, exclusive."),
    _price("open", "Price of the first trade by (event_time, trade_id); null without trades."),
    _price("high", "Highest price; null without trades."),
    _price("low", "Lowest price; null without trades."),
    _price("close", "Price of the last trade by (event_time, trade_id); null without trades."),
    _double(
        "vwap", "quote per base", "sum(price * quantity) / sum(quantity); null without trades."
    ),
    _base("volume_base", "Exact sum of quantities."),
    _quote("volume_quote", "Exact sum of price * quantity."),
    _base("taker_buy_volume_base", "Part of `volume_base` where the taker bought."),
    _base("taker_sell_volume_base", "Part of `volume_base` where the taker sold."),
    _quote("taker_buy_volume_quote", "Part of `volume_quote` where the taker bought."),
    _quote("taker_sell_volume_quote", "Part of `volume_quote` where the taker sold."),
    _double("trade_imbalance", "", "(taker buy - taker sell) / (both) in base, in [-1, 1]."),
    _long("trade_count", "trades", "Trades in the window."),
    _long("first_trade_id", "", "Smallest trade id of the window; null without trades."),
    _long("last_trade_id", "", "Largest trade id of the window; null without trades."),
    # completeness
    _long("expected_trades", "trades", "`trade_count + missing_trades`; null when unknown."),
    _long(
        "missing_trades",
        "trades",
        "Ids of gaps that touch the window and were not received: the most that it may lack. "
        "A gap counts in full in each window that it touches. Null when what came before the "
        "first trade is unknown.",
    ),
    _long("backfilled_trades", "trades", "Trades of the window that came by REST."),
    _long("late_trades", "trades", "Trades added by a correction after the window had closed."),
    _double("completeness", "", "`trade_count / expected_trades` in [0, 1]; null when unknown."),
    Field("revision", Kind.INT, "", "0 for the first result, raised by one on each correction."),
    Field("is_final", Kind.BOOLEAN, "", "True when nothing is known to be missing."),
    _long("computed_at_ms", "ms", "Our clock when the row was made; not part of its value."),
    # late records
    _text("topic", "The topic that the record was read from."),
    _text("job", "The job whose windows had closed."),
    _long("watermark_ms", "ms", "The watermark when the record was read."),
    # feed events
    _text("connector", "Name of the connector."),
    Field("task", Kind.INT, "", "Number of the connector's task."),
    _text("stream", "The exchange's stream name; empty when the event is a connection's."),
    _text("event", "What happened: see `market.feed_events`."),
    _text("detail", "The same in words, with the values that matter."),
    _long("from_id", "", "First id concerned; null when none is."),
    _long("to_id", "", "Last id concerned; null when none is."),
    _long("from_time_ms", "ms", "Start of the time concerned, event time; null when unknown."),
    _long("to_time_ms", "ms", "End of the time concerned, event time; null when unknown."),
    # dead letters
    _text("reason", "A short stable word for counting, such as `bad_json`."),
    _text("payload", "What was received, as text."),
)

FIELDS: dict[str, Field] = {field.name: field for field in _ALL}
"""Every field by name."""


def field(name: str) -> Field:
    """Return the dictionary's field of that name.

    Raises:
        UnknownNameError: no such field.
    """
    try:
        return FIELDS[name]
    except KeyError:
        raise UnknownNameError(f"no field is named {name!r}; add it to market/fields.py") from None
