"""Windows of silver that are known to the last digit, written as a job would have."""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from iceberg.schema import iceberg_schema
from market.dictionary.fields import Kind
from market.dictionary.schemas import Table
from market.dictionary.tables import table
from stores.iceberg import Lake
from verify.captures import RecordedTrade
from verify.expected import expected_candles

MARKET = "binance-spot"
COMPUTED_AT_MS = 1_800_000_000_000
Row = dict[str, Any]
Trades = Mapping[str, Sequence[RecordedTrade]]


def walk(
    symbol: str,
    start_ms: int,
    length_ms: int,
    price: str,
    gaps: Iterable[tuple[int, int]],
) -> list[RecordedTrade]:
    """Return a random walk of trades.

    Args:
        symbol: also the seed: same symbol, same trades.
        start_ms: epoch milliseconds of the first trade.
        length_ms: how long trades come.
        price: of the first trade.
        gaps: spans in ms since the start whose trades were not received, though numbered.
    """
    chance = random.Random(symbol)
    lost = list(gaps)
    trades, trade_id, time_ms, last = [], 1_000, start_ms, Decimal(price)
    while time_ms < start_ms + length_ms:
        quantity = Decimal(chance.randrange(1, 10**9)).scaleb(-8)
        trade = RecordedTrade(symbol, trade_id, last, quantity, time_ms, chance.random() < 0.5)
        if not any(first <= time_ms - start_ms < end for first, end in lost):
            trades.append(trade)
        trade_id += 1
        time_ms += chance.randrange(0, 8_000)
        last += chance.randrange(-50, 51) * Decimal(price).scaleb(-5)
    return trades


def candles(trades: Trades, interval: str, computed_at_ms: int = COMPUTED_AT_MS) -> list[Row]:
    """Return the candles of an interval as rows of silver."""
    return [
        {"market": market, "symbol": symbol, "window_start": start, **row}
        | {"backfilled_trades": 0, "computed_at_ms": computed_at_ms}
        for (market, symbol, start), row in expected_candles(MARKET, trades, interval).items()
    ]


def liquidity(seed: int, symbol: str, start_ms: int, minutes: int) -> list[Row]:
    """Return minutes of a book that was lost now and then; some minutes have no row at all."""
    chance = random.Random(seed)
    rows = []
    for number in range(minutes):
        if number % 17 == 3:
            continue
        synced_ms = chance.choice((60_000, 60_000, 31_234, 0))
        rows.append(_liquidity_row(chance, symbol, start_ms + 60_000 * number, synced_ms))
    return rows


def _liquidity_row(chance: random.Random, symbol: str, start_ms: int, synced_ms: int) -> Row:
    row: Row = {}
    for field in table("liquidity_1m").fields:
        if field.kind is Kind.DECIMAL:
            row[field.name] = Decimal(chance.randrange(1, 10**12)).scaleb(-field.scale)
        elif field.kind is Kind.DOUBLE:
            row[field.name] = chance.uniform(-1, 1)
        if not synced_ms or (field.name.startswith("obi_20") and chance.random() < 0.2):
            row[field.name] = None
    return row | {
        "market": MARKET,
        "symbol": symbol,
        "window_start": start_ms,
        "window_end": start_ms + 60_000,
        "update_count": chance.randrange(100),
        "synced_ms": synced_ms,
        "resyncs": chance.randrange(3),
        "max_quote_age_ms": chance.randrange(5_000) if synced_ms else None,
        "completeness": synced_ms / 60_000,
        "revision": 0,
        "is_final": synced_ms == 60_000,
        "computed_at_ms": COMPUTED_AT_MS,
    }


def liquidity_seconds(minutes: Iterable[Row]) -> list[Row]:
    """Return the seconds of minutes of a book, which add up to those."""
    return [
        minute
        | {
            "window_start": minute["window_start"] + 1_000 * number,
            "window_end": minute["window_start"] + 1_000 * (number + 1),
            "synced_ms": min(max(minute["synced_ms"] - 1_000 * number, 0), 1_000),
            "update_count": minute["update_count"] if number == 0 else 0,
            "resyncs": minute["resyncs"] if number == 59 else 0,
        }
        for minute in minutes
        for number in range(60)
    ]


def append(lake: Lake, name: str, rows: Sequence[Row]) -> None:
    """Append rows to a table of the lake, instants given in epoch milliseconds."""
    wanted = table(name)
    lake.table(wanted).append(_arrow(wanted, rows))


def replace(lake: Lake, name: str, symbol: str, rows: Sequence[Row]) -> None:
    """Put rows in the place of all others of a symbol."""
    wanted = table(name)
    lake.table(wanted).overwrite(_arrow(wanted, rows), f"symbol = '{symbol}'")


def _arrow(wanted: Table, rows: Sequence[Row]) -> pa.Table:
    instants = {field.name for field in wanted.fields if field.kind is Kind.TIMESTAMP}
    typed = [
        {name: _instant(value) if name in instants else value for name, value in row.items()}
        for row in rows
    ]
    return pa.Table.from_pylist(typed, schema=iceberg_schema(wanted).as_arrow())


def _instant(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1_000, UTC)


def rows_of(lake: Lake, name: str) -> dict[tuple[Any, ...], Row]:
    """Return a table's rows by key, instants in epoch milliseconds; no key stands twice."""
    wanted = table(name)
    found = [
        {key: _ms(value) if isinstance(value, datetime) else value for key, value in row.items()}
        for row in lake.table(wanted).scan().to_arrow().to_pylist()
    ]
    keyed = {tuple(row[part] for part in wanted.key): row for row in found}
    assert len(keyed) == len(found)
    return keyed


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1_000)
