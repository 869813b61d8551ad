"""How many bytes a trade takes in `bronze`: as committed, compacted, and in other forms."""

import io
import json
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.lake.dataset import DAY, Size
from benchmarks.lake.engine import Engine
from benchmarks.lake.fill import COMMITS, compact, fill_trades
from stack.settings import Settings
from stores.iceberg import Lake

_SAMPLE = 10_000


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
