"""Windows of trades, as `sql/flink/candles` computes them."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.property.composition.flink_model import MINUTE_MS, Row, Windows
from tests.property.composition.kafka_model import Value


class Sums(NamedTuple):
    """Exact sums of a window; `missing_after` of a second is that of its own row."""

    trade_count: int
    first_id: int | None
    last_id: int | None
    volume: int
    known_count: int
    missing_inside: int
    missing_after: int
    missing_after_minute: int
    unknown_count: int


def whole(text: object) -> int:
    """Return a size of the model, which is whole, as a number."""
    return int(str(text).partition(".")[0])


def second(_key: str, _start_ms: int, values: Sequence[Value]) -> Sums:
    """Sum one second, as sums_1s.sql does."""
    trades = [value for value in values if value["kind"] == "trade"]
    gaps = [value for value in values if value["kind"] == "gap"]
    ids = [value["trade_id"] for value in trades]
    return Sums(
        trade_count=len(trades),
        first_id=min(ids, default=None),  # type: ignore[type-var]
        last_id=max(ids, default=None),  # type: ignore[type-var]
        volume=sum(whole(value["quantity"]) for value in trades),
        known_count=sum(value.get("missing_before") is not None for value in trades),
        missing_inside=sum(value.get("missing_before") or 0 for value in trades),  # type: ignore[misc]
        missing_after=sum(value["missing_before"] for value in gaps),  # type: ignore[misc]
        missing_after_minute=sum(v["missing_before"] for v in gaps if _begins_a_minute(v)),  # type: ignore[misc]
        unknown_count=sum(value["kind"] == "unknown" for value in values),
    )


def _begins_a_minute(gap: Value) -> bool:
    time_ms, end_ms = gap["event_time_ms"], gap["gap_end_time_ms"]
    begins = gap.get("trade_id") is not None or time_ms % MINUTE_MS == 0  # type: ignore[operator]
    return begins and end_ms - end_ms % MINUTE_MS > time_ms  # type: ignore[operator]


def minute(_key: str, _start_ms: int, seconds: Sequence[Sums]) -> Sums:
    """Sum the seconds of a minute, as sums_1m.sql does."""
    firsts = [one.first_id for one in seconds if one.first_id is not None]
    lasts = [one.last_id for one in seconds if one.last_id is not None]
    return Sums(
        trade_count=sum(one.trade_count for one in seconds),
        first_id=min(firsts, default=None),
        last_id=max(lasts, default=None),
        volume=sum(one.volume for one in seconds),
        known_count=sum(one.known_count for one in seconds),
        missing_inside=sum(one.missing_inside for one in seconds),
        missing_after=sum(one.missing_after_minute for one in seconds),
        missing_after_minute=0,
        unknown_count=sum(one.unknown_count for one in seconds),
    )


def row(key: str, interval_ms: int, start_ms: int, sums: Sums) -> Row:
    """Make the row of a window, as candles.sql does."""
    missing = None
    if sums.known_count == sums.trade_count and not sums.unknown_count:
        missing = sums.missing_inside + sums.missing_after
    found = (sums.trade_count, sums.first_id, sums.last_id, sums.volume)
    return Row(key, interval_ms, start_ms, found, claims=missing == 0)


CANDLES = Windows(second, minute, row)  # type: ignore[arg-type]
