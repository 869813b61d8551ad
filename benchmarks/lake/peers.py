"""Peers over the same files: pyiceberg into Arrow for the queries, pandas for the rollup."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from bson.decimal128 import Decimal128
from pymongo import MongoClient

from benchmarks.lake.dataset import DAY
from market.dictionary.tables import table
from stack.settings import Settings
from stores.iceberg import Lake

COLUMNS = ("window_start", "open", "high", "low", "close", "vwap", "volume_quote", "trade_count",
           "completeness")  # fmt: skip
_START = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
_END = _START + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the lake without an engine."""

    settings: Settings
    lake: Lake

    def seconds_of_a_day(self, symbol: str) -> list[tuple[Any, ...]]:
        """Return a day of one symbol's seconds, as rows."""
        found = self._seconds(symbol)
        return list(zip(*(found[name].to_pylist() for name in COLUMNS), strict=True))

    def hot_and_cold(self, symbol: str) -> list[tuple[Any, ...]]:
        """Return the same with what only MongoDB holds."""
        rows = self.seconds_of_a_day(symbol)
        seam = max(row[0] for row in rows)
        wanted = {"symbol": symbol, "window_start": {"$gt": seam, "$lt": _END}}
        with MongoClient[dict[str, Any]](self.settings.mongodb.uri, tz_aware=True) as client:
            windows = client[self.settings.namespace.database()]["candles_1s"]
            return rows + [_row(document) for document in windows.find(wanted)]

    def month_of_minutes(self) -> list[tuple[Any, ...]]:
        """Return one row a symbol and day, grouped by Arrow."""
        columns = ("symbol", "window_start", "high", "low", "volume_quote", "trade_count")
        found = self.lake.table(table("candles_1m")).scan(selected_fields=columns).to_arrow()
        days = pc.floor_temporal(found["window_start"], unit="day")
        grouped = found.append_column("day", days).group_by(["symbol", "day"])
        sums = grouped.aggregate(
            [([], "count_all"), ("high", "max"), ("low", "min"), ("volume_quote", "sum"),
             ("trade_count", "sum")]
        )  # fmt: skip
        names = ("symbol", "day", "count_all", "high_max", "low_min", "volume_quote_sum",
                 "trade_count_sum")  # fmt: skip
        return list(zip(*(sums[name].to_pylist() for name in names), strict=True))

    def hours_of_a_day(self) -> int:
        """Return how many hours pandas makes of a day's minutes, with their prices and volumes."""
        minutes = self._minutes().to_pandas()
        hours = minutes.groupby(["symbol", minutes["window_start"].dt.floor("h")]).agg(
            {"open": "first", "high": "max", "low": "min", "close": "last", "volume_base": "sum",
             "volume_quote": "sum", "taker_buy_volume_base": "sum", "trade_count": "sum"}
        )  # fmt: skip
        return len(hours)

    def _seconds(self, symbol: str) -> pa.Table:
        condition = (
            f"symbol = '{symbol}' and window_start >= '{_START.isoformat()}' "
            f"and window_start < '{_END.isoformat()}'"
        )
        scan = self.lake.table(table("candles_1s")).scan(condition, selected_fields=COLUMNS)
        return scan.to_arrow()

    def _minutes(self) -> pa.Table:
        condition = (
            f"window_start >= '{_START.isoformat()}' and window_start < '{_END.isoformat()}'"
        )
        return self.lake.table(table("candles_1m")).scan(condition).to_arrow()


def _row(document: dict[str, Any]) -> tuple[Any, ...]:
    values = (document[name] for name in COLUMNS)
    return tuple(value.to_decimal() if isinstance(value, Decimal128) else value for value in values)
