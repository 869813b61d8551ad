"""Windows of books, as `BOOK_WINDOW` and `sql/flink/liquidity` compute them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tests.property.composition.candles_model import whole
from tests.property.composition.flink_model import SECOND_MS, Row, Windows
from tests.property.composition.kafka_model import Value


class Sums(NamedTuple):
    """Exact sums of a window."""

    synced_ms: int
    update_count: int
    resyncs: int
    spread_sum: int
    bid_size_sum: int
    last: tuple[int, int, int, int] | None


def second(_key: str, start_ms: int, values: Sequence[Value]) -> Sums:
    """Sum one second of a book's records; of those of one time the last by sequence holds."""
    records = sorted(values, key=lambda v: (v["event_time_ms"], v["book_sequence"]))
    synced = spread = size = 0
    times = [value["event_time_ms"] for value in records] + [start_ms + SECOND_MS]
    for record, (time_ms, until_ms) in zip(records, pairwise(times), strict=True):
        ms = until_ms - time_ms  # type: ignore[operator]
        if record["kind"] == "top" and ms:
            bid, bid_size, ask, _ = _top(record)
            synced += ms
            spread += ms * (ask - bid)
            size += ms * bid_size
    last = records[-1]
    return Sums(
        synced,
        len({(v["event_time_ms"], v["last_update_id"]) for v in records if _is_change(v)}),
        sum(1 for value in records if value.get("reason")),
        spread,
        size,
        _top(last) if last["kind"] == "top" else None,
    )


def _is_change(value: Value) -> bool:
    is_top = value["kind"] == "top"
    return is_top and value.get("quote_time_ms") == value["event_time_ms"]


def _top(value: Value) -> tuple[int, int, int, int]:
    names = ("bid_price", "bid_size", "ask_price", "ask_size")
    bid, bid_size, ask, ask_size = (whole(value[name]) for name in names)
    return bid, bid_size, ask, ask_size


def minute(_key: str, _start_ms: int, seconds: Sequence[Sums]) -> Sums:
    """Sum the seconds of a minute."""
    return Sums(
        sum(one.synced_ms for one in seconds),
        sum(one.update_count for one in seconds),
        sum(one.resyncs for one in seconds),
        sum(one.spread_sum for one in seconds),
        sum(one.bid_size_sum for one in seconds),
        seconds[-1].last,
    )


def row(key: str, interval_ms: int, start_ms: int, sums: Sums) -> Row:
    """Make the row of a window."""
    found = (sums.update_count, sums.spread_sum, sums.bid_size_sum, sums.last)
    claims = sums.synced_ms == interval_ms and sums.resyncs == 0
    return Row(f"{key}|book", interval_ms, start_ms, found, claims)


LIQUIDITY = Windows(second, minute, row)  # type: ignore[arg-type]
