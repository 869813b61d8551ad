"""The records that travel in topics, checked once at the border and never mutated.

`value()` gives the wire form as a plain dict: an absent key is null, numbers of the exchange stay
decimal strings. JSON encoding belongs to the connector's producer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from market.dictionary.event_times import check_event_time_ms
from market.dictionary.fields import MAX_ID, PRICE_PRECISION, SIZE_PRECISION, WIRE_SCALE
from market.dictionary.names import record_key
from market.errors import MalformedRecordError

Value = dict[str, str | int | None]
Source = Literal["live", "backfill", "archive"]
TakerSide = Literal["buy", "sell"]

TRADES_VERSION = 1


@cache
def _fitting(precision: int) -> Callable[[str], re.Match[str] | None]:
    """Return what matches the wire's decimals that a column of scale 8 holds exactly."""
    whole = precision - WIRE_SCALE
    return re.compile(rf"0*[0-9]{{1,{whole}}}(?:\.[0-9]{{1,{WIRE_SCALE}}}0*)?").fullmatch


_is_plain = re.compile(r"-?[0-9]+(?:\.[0-9]+)?").fullmatch


def check_decimal(text: object, name: str, precision: int, *, positive: bool = True) -> str:
    """Return an exchange number unchanged after checking that its column holds it exactly.

    Args:
        text: what was received; must be ASCII digits with at most one point between them.
        name: the field's name, for the error.
        precision: digits of the column; its scale is 8.
        positive: refuse zero as well as negative numbers.

    Raises:
        MalformedRecordError: reason ``bad_<name>``.
    """
    if isinstance(text, str) and _fitting(precision)(text) and (text.strip("0.") or not positive):
        return text
    if not isinstance(text, str):
        wanted = "a decimal string"
    elif not _is_plain(text):
        wanted = "a plain decimal, ASCII digits with at most one point between them"
    elif text.startswith("-") or not text.strip("0."):
        wanted = "more than zero" if positive else "zero or more"
    else:
        wanted = f"DECIMAL({precision},{WIRE_SCALE})"
    raise MalformedRecordError(f"bad_{name}", f"expected {wanted}, found {text!r}")


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade as the exchange published it.

    Attributes:
        price: quote per base, decimal string as received.
        quantity: base, decimal string as received.
        event_time_ms: match time of the exchange.
        receive_time_ms: our clock.
        missing_before: ids missing directly before this one; None when unknown.
    """

    market: str
    symbol: str
    trade_id: int
    price: str
    quantity: str
    taker_side: TakerSide
    event_time_ms: int
    receive_time_ms: int
    source: Source
    missing_before: int | None = None

    def __post_init__(self) -> None:
        check_decimal(self.price, "price", PRICE_PRECISION)
        check_decimal(self.quantity, "quantity", SIZE_PRECISION)
        if not 0 <= self.trade_id <= MAX_ID:
            raise MalformedRecordError(
                "bad_trade_id", f"expected 0 to {MAX_ID}, found {self.trade_id}"
            )
        check_event_time_ms(self.event_time_ms)

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self) -> Value:
        """Return the wire form for topic `trades`; an absent key is null."""
        value: Value = {
            "market": self.market,
            "symbol": self.symbol,
            "kind": "trade",
            "trade_id": self.trade_id,
            "price": self.price,
            "quantity": self.quantity,
            "taker_side": self.taker_side,
            "event_time_ms": self.event_time_ms,
            "receive_time_ms": self.receive_time_ms,
            "source": self.source,
            "schema_version": TRADES_VERSION,
        }
        if self.missing_before is not None:
            value["missing_before"] = self.missing_before
        return value


def _marker(kind: str, market: str, symbol: str, event_time_ms: int, receive_time_ms: int) -> Value:
    return {
        "market": market,
        "symbol": symbol,
        "kind": kind,
        "event_time_ms": event_time_ms,
        "receive_time_ms": receive_time_ms,
        "source": "live",
        "schema_version": TRADES_VERSION,
    }


@dataclass(frozen=True, slots=True)
class GapMarker:
    """Says that a window is touched by a gap which ends in a later second.

    A gap's own count sits in `Trade.missing_before` of the trade after it. Windows that the gap
    touches before that trade would look complete without this marker.

    Attributes:
        event_time_ms: an instant in the touched second; of the first marker of a gap, the last
            trade's event time.
        missing: ids that the gap lacks.
        gap_end_time_ms: event time of the trade after the gap.
        after_trade_id: id of the trade before the gap, on the gap's first marker only; a minute
            counts a gap by it once, however many of its seconds are marked.
    """

    market: str
    symbol: str
    event_time_ms: int
    receive_time_ms: int
    missing: int
    gap_end_time_ms: int
    after_trade_id: int | None = None

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self) -> Value:
        """Return the wire form for topic `trades`."""
        marker = _marker("gap", self.market, self.symbol, self.event_time_ms, self.receive_time_ms)
        value = marker | {
            "missing_before": self.missing,
            "gap_end_time_ms": self.gap_end_time_ms,
        }
        if self.after_trade_id is not None:
            value["trade_id"] = self.after_trade_id
        return value


@dataclass(frozen=True, slots=True)
class UnknownMarker:
    """Says that nobody knows whether a second of a symbol is complete.

    Attributes:
        event_time_ms: an instant in that second.
    """

    market: str
    symbol: str
    event_time_ms: int
    receive_time_ms: int

    def key(self) -> str:
        """Return the record's key, ``market|symbol``."""
        return record_key(self.market, self.symbol)

    def value(self) -> Value:
        """Return the wire form for topic `trades`."""
        return _marker(
            "unknown", self.market, self.symbol, self.event_time_ms, self.receive_time_ms
        )


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Vouches for a partition: the only record that moves a watermark.

    Attributes:
        event_time_ms: no record of any symbol of the partition before this instant is still to
            come, but those that say themselves that they are late.
    """

    market: str
    event_time_ms: int
    receive_time_ms: int

    def value(self) -> Value:
        """Return the wire form for topic `trades`."""
        return _marker("heartbeat", self.market, "", self.event_time_ms, self.receive_time_ms)
