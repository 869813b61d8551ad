"""The input: windows and trades of made-up markets, as Arrow tables, the same for the same size.

Every symbol trades in every second. Amounts stay below 2^63 in their own scale, so that columns
are made by numpy and not value by value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from iceberg.schema import iceberg_schema
from market.dictionary.fields import Field, Kind
from market.dictionary.tables import table
from market.dictionary.windows import interval_ms

MARKET = "binance-spot"
DAY = date(2026, 11, 1)
"""The first day of the input."""

_DAY_MS = 86_400_000
_COMPUTED_AT_MS = 1_800_000_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything.

    Attributes:
        symbols: of seconds and of minutes.
        days: of minutes; seconds are of the first day.
        trades: of one symbol in `bronze`.
        hot_seconds: of each symbol at the end of the day, which only MongoDB holds.
    """

    symbols: int
    days: int
    trades: int
    hot_seconds: int

    def names(self) -> list[str]:
        """Return the symbols."""
        return [f"BENCH{number:02}USDT" for number in range(self.symbols)]


def day_start_ms(day: date = DAY) -> int:
    """Return a day's first instant, epoch milliseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000


def windows(size: Size, interval: str, day: date) -> pa.Table:
    """Return a day of an interval's candles of every symbol, one symbol after the other."""
    length = interval_ms(interval)
    rows = _DAY_MS // length
    parts = [_candles(name, interval, day, rows) for name in size.names()]
    columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return _table(f"candles_{interval}", columns)


def _candles(symbol: str, interval: str, day: date, rows: int) -> dict[str, Any]:
    chance = np.random.default_rng([*symbol.encode(), day.toordinal(), rows])
    start_ms = day_start_ms(day) + interval_ms(interval) * np.arange(rows)
    close = 10_000_000_000 + np.cumsum(chance.integers(-5, 6, rows)) * 1_000_000
    opened = np.concatenate([close[:1], close[:-1]])
    base = chance.integers(1, 4_000_000, rows)
    buys = (base * chance.random(rows)).astype(np.int64)
    count = chance.integers(1, 60, rows)
    first_id = 10**9 + np.cumsum(count) - count
    return {
        "market": np.full(rows, MARKET),
        "symbol": np.full(rows, symbol),
        "window_start": start_ms,
        "window_end": start_ms + interval_ms(interval),
        "open": opened,
        "high": np.maximum(opened, close) + 1_000_000,
        "low": np.minimum(opened, close) - 1_000_000,
        "close": close,
        "vwap": close / 1e8,
        "volume_base": base,
        "volume_quote": base * close,
        "taker_buy_volume_base": buys,
        "taker_sell_volume_base": base - buys,
        "taker_buy_volume_quote": buys * close,
        "taker_sell_volume_quote": (base - buys) * close,
        "trade_imbalance": (2 * buys - base) / base,
        "trade_count": count,
        "first_trade_id": first_id,
        "last_trade_id": first_id + count - 1,
        "expected_trades": count,
        **{name: np.zeros(rows, np.int64) for name in _NOUGHT},
        "completeness": np.ones(rows),
        "revision": np.zeros(rows, np.int32),
        "is_final": np.ones(rows, bool),
        "computed_at_ms": np.full(rows, _COMPUTED_AT_MS),
    }


_NOUGHT = ("missing_trades", "backfilled_trades", "late_trades")


def trades(size: Size) -> pa.Table:
    """Return a day's trades of one symbol, in order."""
    rows = size.trades
    chance = np.random.default_rng(rows)
    time_ms = day_start_ms() + np.sort(chance.integers(0, _DAY_MS, rows))
    columns = {
        "market": np.full(rows, MARKET),
        "symbol": np.full(rows, size.names()[0]),
        "trade_id": 10**9 + np.arange(rows),
        "price": 8_800_000_000_000 + np.cumsum(chance.integers(-3, 4, rows)) * 1_000_000,
        "quantity": (chance.lognormal(-5.5, 1.8, rows) * 1e5).astype(np.int64) * 1_000 + 1_000,
        "taker_side": np.where(chance.random(rows) < 0.5, "buy", "sell"),
        "missing_before": np.zeros(rows, np.int64),
        "event_time": time_ms,
        "receive_time": time_ms + chance.integers(2, 40, rows),
        "source": np.full(rows, "live"),
        "schema_version": np.ones(rows, np.int32),
    }
    return _table("trades", columns)


def _table(name: str, columns: Mapping[str, Any]) -> pa.Table:
    wanted = table(name)
    schema = iceberg_schema(wanted).as_arrow()
    arrays = [
        _array(field, columns[field.name], schema.field(field.name).type) for field in wanted.fields
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(field: Field, values: Any, kind: pa.DataType) -> pa.Array:
    if field.kind is Kind.DECIMAL:
        return _decimals(values, kind)
    if field.kind is Kind.TIMESTAMP:
        return pa.array(values * 1_000, pa.int64()).cast(kind)
    return pa.array(values).cast(kind)


def _decimals(unscaled: Any, kind: pa.DataType) -> pa.Array:
    """Return exact decimals from whole numbers in the column's own scale."""
    halves = np.empty((len(unscaled), 2), np.int64)
    halves[:, 0], halves[:, 1] = unscaled, unscaled >> 63
    return pa.Array.from_buffers(kind, len(unscaled), [None, pa.py_buffer(halves.tobytes())])


def days(size: Size) -> list[date]:
    """Return the days of the minutes."""
    return [DAY + timedelta(days=number) for number in range(size.days)]
