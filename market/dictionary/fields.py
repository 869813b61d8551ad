"""The dictionary of fields: every column of every record and table, once.

A name means one quantity in one unit wherever it appears: topic, table, document, view, page.
`market.dictionary.tables` composes these; Flink DDL, Iceberg schemas, Trino's `_schema` documents
and the data dictionary are derived. Engine-specific type names must not appear here.
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
    DECIMALS = "decimals"
    """A flat array of decimals."""
    TIMESTAMP = "timestamp"
    """An instant in UTC; milliseconds in streams and documents, microseconds in the lake."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, logical type, unit and meaning.

    Attributes:
        name: snake_case, with the unit where there is one.
        kind: logical type; `precision` and `scale` are set for decimals only.
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

MAX_ID = 2**63 - 1
"""Ids are BIGINT in every store."""

LEVEL_PRECISION = 28
"""Of the sizes in a book: 10^20 and more of a coin are offered nowhere."""

SUM_LEVELS = (5, 20)
"""Sizes are summed over so many best levels of a side; the sum over one is the best size."""
BAND_BPS = (10, 25, 50)
"""Quote value is summed within so many basis points of the mid."""

_FAR = "null where the snapshot does not reach that far."


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


def _levels(name: str, unit: str, description: str) -> Field:
    return Field(name, Kind.DECIMALS, unit, description, LEVEL_PRECISION, WIRE_SCALE)


def _side(side: str) -> tuple[Field, ...]:
    """Fields of one side of a book's top; `side` is ``bid`` or ``ask``."""
    return (
        _price(f"{side}_price", f"Best {side}."),
        _base(f"{side}_size", f"Size at the best {side}; contracts where sizes are contracts."),
        *(
            _base(f"{side}_size_sum_{count}", f"Exact size over the {count} best {side}s; {_FAR}")
            for count in SUM_LEVELS
        ),
        *(
            _quote(
                f"{side}_depth_quote_{bps}_bps",
                f"Exact sum of price * size of the {side}s within {bps} bps of the mid; {_FAR} "
                "In windows: at the window's end.",
            )
            for bps in BAND_BPS
        ),
        _levels(f"{side}_prices", "quote per base", f"Prices of the best {side}s, best first."),
        _levels(f"{side}_sizes", "base", f"Sizes at `{side}_prices`."),
    )


def _instant(name: str, description: str) -> Field:
    return Field(name, Kind.TIMESTAMP, "UTC", description)


_ALL = (
    # identity
    _text("market", "Venue and product, such as `binance-spot`."),
    _text("symbol", "The exchange's symbol in upper case; empty on a heartbeat."),
    _text(
        "kind",
        "`trade` or `top` of a book; `unsynced` says that a book is unknown from then on; `gap` "
        "and `heartbeat` never reach the lake.",
    ),
    _text("source", "How the record reached us: `live`, `backfill` or `archive`."),
    Field("schema_version", Kind.INT, "", "Version of the record's contract."),
    # time
    _long("event_time_ms", "ms", "The exchange's own trade or match time, epoch milliseconds."),
    _long("receive_time_ms", "ms", "Our clock at receipt; may run behind the exchange's."),
    _long(
        "late_after_ms",
        "ms",
        "The heartbeat of the record's partition that had vouched for its second before; null when "
        "none had.",
    ),
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
    # books
    *_side("bid"),
    *_side("ask"),
    _long("last_update_id", "", "The exchange's id of the last change in the book."),
    _long("first_update_id", "", "The exchange's id of the first change in the diff."),
    _long("previous_update_id", "", "Last id of the diff before; null on spot."),
    _long(
        "quote_time_ms",
        "ms",
        "Event time of the last change in the book; null when only a snapshot told of it.",
    ),
    _long(
        "book_sequence",
        "",
        "Grows with each record of a symbol; of records with one event time the last one counts.",
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
    _price("spread_min", "Smallest best ask - best bid that held for a millisecond or more."),
    _price("spread_max", "Largest such spread."),
    _price("spread_last", "Spread at the window's end; null when unknown then."),
    _double("spread_mean", "quote per base", "Time-weighted mean of the spread."),
    _double("spread_bps_min", "bps", "Smallest spread / mid * 10^4."),
    _double("spread_bps_max", "bps", "Largest spread / mid * 10^4."),
    _double("spread_bps_last", "bps", "The same at the window's end; null when unknown then."),
    _double("spread_bps_mean", "bps", "Time-weighted mean of spread / mid * 10^4."),
    *(
        field
        for count in (1, *SUM_LEVELS)
        for field in (
            _double(
                f"obi_{count}_mean",
                "",
                "Time-weighted mean of the order book imbalance, (bid size - ask size) / both, "
                f"over {count} level{'' if count == 1 else 's'} a side; null when never known.",
            ),
            _double(f"obi_{count}_last", "", "The same at the window's end; null when unknown."),
        )
    ),
    _double("mid_last", "quote per base", "(best bid + best ask) / 2 at the window's end."),
    _double(
        "microprice_last",
        "quote per base",
        "(ask price * bid size + bid price * ask size) / (both sizes) at the window's end.",
    ),
    _long("update_count", "updates", "Changes of the book in the window."),
    _double(
        "effective_spread_bps_mean",
        "bps",
        "Mean over trades of 2 * |price - mid| / mid * 10^4, the mid as known at the trade's time.",
    ),
    _long("quoted_trade_count", "trades", "Trades of the window at whose time the mid was known."),
    # rollups
    _text("other_symbol", "Second symbol of a pair, behind `symbol` in the alphabet."),
    _double("log_return", "", "ln(close / open); null without trades."),
    _double(
        "realised_volatility",
        "",
        "Square root of the sum of squared log returns of 1 s closes, not annualised; null without "
        "returns.",
    ),
    _double(
        "correlation",
        "",
        "Pearson's, of the log returns of 1 min closes, in [-1, 1]; null when fewer than two are "
        "known or a price stood still.",
    ),
    _long("return_count", "returns", "Log returns that the row was made from."),
    _long(
        "unknown_returns",
        "returns",
        "Log returns left out, because trades may be missing between their two closes.",
    ),
    _long("source_rows", "rows", "Rows that the row was rolled up from."),
    _long(
        "source_computed_at_ms",
        "ms",
        "Newest `computed_at_ms` of those rows and their neighbours; not part of the row's value.",
    ),
    # documents
    _double("spread_bps", "bps", "(best ask - best bid) / mid * 10^4."),
    _double("obi_1", "", "Order book imbalance over the best level of each side."),
    _double("obi_5", "", "Order book imbalance over 5 levels a side; null when unknown."),
    _double("obi_20", "", "Order book imbalance over 20 levels a side; null when unknown."),
    _double("microprice", "quote per base", "Mid weighted towards the thinner side."),
    Field("is_synced", Kind.BOOLEAN, "", "True while the book is verified; else prices are null."),
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
    _long("synced_ms", "ms", "Milliseconds of the window in which the book was verified."),
    _long("resyncs", "", "Times that the book was lost in the window."),
    _long(
        "max_quote_age_ms",
        "ms",
        "Longest time in the window since the book's last change; null when the book was never "
        "known, or when only a snapshot told of a change, so that its time is unknown.",
    ),
    _double(
        "completeness",
        "",
        "Of trades `trade_count / expected_trades`, of books `synced_ms` / the window's length, in "
        "[0, 1]; null when unknown.",
    ),
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
    _text("event", "What happened: see `market.dictionary.feed_events`."),
    _text("detail", "The same in words, with the values that matter."),
    _long("from_id", "", "First id concerned; null when none is."),
    _long("to_id", "", "Last id concerned; null when none is."),
    _long("from_time_ms", "ms", "Start of the time concerned, event time; null when unknown."),
    _long("to_time_ms", "ms", "End of the time concerned, event time; null when unknown."),
    # reconciliations
    _text(
        "check_name",
        "What was compared or expected: see `flows.reconcile`, `expectations`.",
    ),
    _text("table_name", "The table that was checked, with its layer."),
    _long("expected_rows", "rows", "Rows that there should be."),
    _long("found_rows", "rows", "Rows that there are."),
    _long("missing_rows", "rows", "Rows that nothing explains the absence of."),
    _long("surplus_rows", "rows", "Rows that stand twice, or for which there is no reason."),
    _long("wrong_rows", "rows", "Rows with another value than the expected one."),
    Field("is_green", Kind.BOOLEAN, "", "True when no row is missing, surplus or wrong."),
    _instant("checked_at", "Our clock when the check was made."),
    # repairs
    _text("cause", "Why a gap is one: `gap`, `late_trades`, `late_books` or `unknown`."),
    _text("state", "What became of a gap: `found`, `repaired` or `unrepairable`."),
    _long(
        "fetched_trades", "trades", "Trades that the run which ended the gap fetched and appended."
    ),
    _long(
        "corrected_windows",
        "windows",
        "Windows of the symbol that the same run corrected, of all its gaps.",
    ),
    _instant("found_at", "Our clock when the gap was found, before anything was fetched."),
    _instant("changed_at", "Our clock when `state` was written last."),
    _long("looks", "looks", "How often the exchange was asked for it and did not give all of it."),
    _instant("next_look_at", "Before which it is not asked again; null when the next run asks."),
    # alerts
    _text("alert", "What found it: `reconciliation`, `quality` or `watch`."),
    _text(
        "severity",
        "`error` when rows are wrong, `warning` when they may become so, `resolved` when an "
        "earlier alert is over.",
    ),
    _long("raised_at_ms", "ms", "Our clock when the alert was raised."),
    _instant("raised_at", "`raised_at_ms` as an instant."),
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
        raise UnknownNameError(
            f"no field is named {name!r}; add it to market/dictionary/fields.py"
        ) from None
