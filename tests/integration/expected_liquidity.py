"""What windows of books must hold, recomputed from the reference definitions and nothing else."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from market.books.records import BookRecord, TopRecord, UnsyncedMarker
from market.books.tops import BookTop, SideTop
from market.dictionary.records import Trade
from market.metrics.liquidity import (
    Step,
    effective_spread_bps,
    microprice,
    order_book_imbalance,
    spread,
    spread_bps,
    time_weighted,
)
from verify.expected import Key, Row

Value = Callable[[BookTop], Decimal | None]


def scaled(number: int, digits: int = 8) -> Decimal:
    return Decimal(number).scaleb(-digits)


def prices(top: BookTop) -> tuple[Decimal, Decimal]:
    return scaled(top.bid.price_e8), scaled(top.ask.price_e8)


def _imbalance(size: Callable[[SideTop], int | None]) -> Value:
    def value(top: BookTop) -> Decimal | None:
        bid, ask = size(top.bid), size(top.ask)
        if bid is None or ask is None:
            return None
        # One level of all the size is what the sums over several amount to.
        return order_book_imbalance([(Decimal(1), scaled(bid))], [(Decimal(2), scaled(ask))], 1)

    return value


VALUES: dict[str, Value] = {
    "spread": lambda top: spread(*prices(top)),
    "spread_bps": lambda top: spread_bps(*prices(top)),
    "obi_1": _imbalance(lambda side: side.size_e8),
    "obi_5": _imbalance(lambda side: side.size_sum_5_e8),
    "obi_20": _imbalance(lambda side: side.size_sum_20_e8),
}


def _rows_by_window(
    records: Sequence[BookRecord], length_ms: int
) -> Iterator[tuple[int, list[BookRecord]]]:
    windows: dict[int, list[BookRecord]] = {}
    for record in sorted(records, key=lambda one: (one.event_time_ms, one.book_sequence)):
        windows.setdefault(record.event_time_ms // length_ms * length_ms, []).append(record)
    yield from windows.items()


def expected_liquidity(records: Sequence[BookRecord], length_ms: int) -> dict[Key, Row]:
    """Return the rows of one symbol's windows by key."""
    rows = {}
    for start_ms, inside in _rows_by_window(records, length_ms):
        key = (inside[0].market, inside[0].symbol, start_ms)
        rows[key] = _row(key, inside, start_ms, start_ms + length_ms)
    return rows


def _row(key: Key, records: Sequence[BookRecord], start_ms: int, end_ms: int) -> Row:
    row: Row = dict(zip(("market", "symbol", "window_start"), key, strict=True))
    row |= {"window_end": end_ms, "revision": 0}
    for name, value in VALUES.items():
        steps = list(_steps(records, value, end_ms))
        row |= _weighted(name, steps, start_ms, end_ms)
    at_end = records[-1] if _untils(records, end_ms)[-1] == end_ms else None
    return row | _last(at_end) | _known_part(records, end_ms) | _changes(records, row, end_ms)


def _untils(records: Sequence[BookRecord], end_ms: int) -> list[int]:
    """Return until when each record holds: the next one or, as a minute's seconds, its own end."""
    next_ms = [record.event_time_ms for record in records[1:]] + [end_ms]
    return [
        min(until_ms, record.event_time_ms // 1_000 * 1_000 + 1_000)
        for record, until_ms in zip(records, next_ms, strict=True)
    ]


def _steps(records: Sequence[BookRecord], value: Value, end_ms: int) -> Iterator[Step]:
    for record, until_ms in zip(records, _untils(records, end_ms), strict=True):
        yield record.event_time_ms, _known(record, value)
        if until_ms % 1_000 == 0:
            yield until_ms, None


def _known(record: BookRecord, value: Value) -> Decimal | None:
    return value(record.top) if isinstance(record, TopRecord) else None


def _weighted(name: str, steps: Sequence[Step], start_ms: int, end_ms: int) -> Row:
    found = time_weighted(steps, start_ms, end_ms)
    exact = name == "spread"
    last = found.last if found else None
    row: Row = {
        f"{name}_mean": found.mean if found else None,
        f"{name}_last": last if exact or last is None else float(last),
    }
    if name.startswith("spread"):
        for end, extreme in (("min", "minimum"), ("max", "maximum")):
            number = getattr(found, extreme) if found else None
            row[f"{name}_{end}"] = number if exact or number is None else float(number)
    return row


def _last(record: BookRecord | None) -> Row:
    names = [f"{side}_depth_quote_{bps}_bps" for side in ("bid", "ask") for bps in (10, 25, 50)]
    if not isinstance(record, TopRecord):
        return dict.fromkeys((*names, "mid_last", "microprice_last"))
    bid, ask = record.top.bid, record.top.ask
    best_bid, best_ask = prices(record.top)
    row: Row = {
        "mid_last": float(best_bid + best_ask) / 2,
        "microprice_last": microprice(
            (best_bid, scaled(bid.size_e8)), (best_ask, scaled(ask.size_e8))
        ),
    }
    for name in names:
        number = getattr(bid if name.startswith("bid") else ask, name[4:] + "_e16")
        row[name] = None if number is None else scaled(number, 16)
    return row


def _known_part(records: Sequence[BookRecord], end_ms: int) -> Row:
    synced_ms, ages, is_age_known = 0, list[int](), True
    for record, until_ms in zip(records, _untils(records, end_ms), strict=True):
        if isinstance(record, TopRecord) and until_ms > record.event_time_ms:
            synced_ms += until_ms - record.event_time_ms
            quote_time_ms = record.top.quote_time_ms
            is_age_known &= quote_time_ms is not None
            ages.append(until_ms - (quote_time_ms or 0))
    age = max(ages, default=None) if is_age_known else None
    return {"synced_ms": synced_ms, "max_quote_age_ms": age}


def _changes(records: Sequence[BookRecord], row: Row, end_ms: int) -> Row:
    resyncs = sum(isinstance(one, UnsyncedMarker) and bool(one.reason) for one in records)
    changes = {
        one.top.last_update_id
        for one in records
        if isinstance(one, TopRecord) and one.top.quote_time_ms == one.event_time_ms
    }
    length_ms = end_ms - row["window_start"]
    synced_ms = _known_part(records, end_ms)["synced_ms"]
    return {
        "update_count": len(changes),
        "resyncs": resyncs,
        "completeness": synced_ms / length_ms,
        "is_final": synced_ms == length_ms and not resyncs,
    }


def expected_effective_spread(
    records: Sequence[BookRecord], trades: Sequence[Trade], length_ms: int
) -> dict[Key, Row]:
    """Return the rows of one symbol's windows by key."""
    ordered = sorted(records, key=lambda one: (one.event_time_ms, one.book_sequence))
    windows: dict[int, list[Trade]] = {}
    for trade in trades:
        windows.setdefault(trade.event_time_ms // length_ms * length_ms, []).append(trade)
    return {
        (inside[0].market, inside[0].symbol, start_ms): _effective(ordered, inside, start_ms)
        | {"window_end": start_ms + length_ms}
        for start_ms, inside in windows.items()
    }


def _effective(ordered: Sequence[BookRecord], trades: Sequence[Trade], start_ms: int) -> Row:
    found = [(trade, _top_at(ordered, trade.event_time_ms)) for trade in trades]
    quoted = [
        effective_spread_bps(Decimal(trade.price), *prices(top)) for trade, top in found if top
    ]
    is_whole = all(trade.missing_before == 0 for trade in trades)
    return {
        "market": trades[0].market,
        "symbol": trades[0].symbol,
        "window_start": start_ms,
        "effective_spread_bps_mean": float(sum(quoted)) / len(quoted) if quoted else None,
        "quoted_trade_count": len(quoted),
        "trade_count": len(trades),
        "completeness": len(quoted) / len(trades) if is_whole else None,
        "revision": 0,
        "is_final": len(quoted) == len(trades) and is_whole,
    }


def _top_at(ordered: Sequence[BookRecord], time_ms: int) -> BookTop | None:
    told = bisect_right(ordered, time_ms, key=lambda record: record.event_time_ms)
    last = ordered[told - 1] if told else None
    return last.top if isinstance(last, TopRecord) else None
