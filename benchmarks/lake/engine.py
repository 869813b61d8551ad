"""What is measured of the lake: queries, the rollup, and what a trade of `bronze` takes."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.lake.dataset import DAY, Size
from benchmarks.lake.fill import COMMITS, compact, fill_trades
from flows.shared.gold import Outcome, Scope, roll_up_day
from market.dictionary.tables import table
from stack.settings import Settings
from stores.iceberg import Lake
from stores.trino import query

_SQL = Path(__file__).parent / "sql"

_SAMPLE = 10_000


@dataclass(frozen=True, slots=True)
class Engine:
    """Trino over a namespace."""

    settings: Settings

    def seconds_of_a_day(self, symbol: str) -> Sequence[Any]:
        """Return a day of one symbol's seconds."""
        return self._rows("seconds_of_a_day", symbol=symbol)

    def hot_and_cold(self, symbol: str) -> Sequence[Any]:
        """Return the same through the view."""
        return self._rows("hot_and_cold", symbol=symbol)

    def month_of_minutes(self) -> Sequence[Any]:
        """Return one row a symbol and day."""
        return self._rows("month_of_minutes")

    def stored(self, name: str) -> tuple[int, int, int]:
        """Return files, bytes and records of a table."""
        layer = self.settings.namespace.layer(table(name).layer)
        ((files, size, records),) = self._rows("stored", layer=layer, table=name)
        return files, size, records

    def hours_of_a_day(self, computed_at_ms: int) -> Outcome:
        """Roll a day's minutes up to hours, as the flow does."""
        scope = Scope(self.settings.trino_url, self.settings.namespace, [], computed_at_ms)
        return roll_up_day(scope, table("candles_1h"), DAY)

    def _rows(self, name: str, **chosen: str) -> Sequence[Any]:
        names = {
            "silver": self.settings.namespace.layer("silver"),
            "views": self.settings.namespace.layer("views"),
            "start": f"TIMESTAMP '{DAY} 00:00:00 UTC'",
            "end": f"TIMESTAMP '{DAY + timedelta(days=1)} 00:00:00 UTC'",
        }
        text = Template((_SQL / f"{name}.sql").read_text()).substitute(names | chosen)
        return query(self.settings.trino_url, text).rows


@dataclass(frozen=True, slots=True)
class Stored:
    """Trades in one form."""

    name: str
    trades: int
    size_bytes: int

    def __str__(self) -> str:
        """Return a line for people."""
        each = self.size_bytes / self.trades
        return f"{self.name:44}{self.trades:>10,} trades{each:>8.2f} bytes each"


def bytes_per_trade(settings: Settings, lake: Lake, size: Size) -> list[Stored]:
    """Fill `bronze.trades`, compact it, and return what it took before and after."""
    rows = fill_trades(lake, size)
    engine = Engine(settings)
    _, committed, count = engine.stored("trades")
    compact(settings, lake, "trades", DAY)
    _, compacted, _ = engine.stored("trades")
    plain = io.BytesIO()
    pq.write_table(rows, plain, compression="zstd")
    sample = rows.slice(0, _SAMPLE)
    return [
        Stored(f"bronze, {COMMITS} commits", count, committed),
        Stored("bronze, compacted", count, compacted),
        Stored("peer: one Parquet file of pyarrow, zstd", rows.num_rows, plain.tell()),
        Stored("peer: JSON, as in Kafka before compression", sample.num_rows, _json_bytes(sample)),
    ]


def _json_bytes(rows: pa.Table) -> int:
    return sum(len(json.dumps(row, default=str, separators=(",", ":"))) for row in rows.to_pylist())
