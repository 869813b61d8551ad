"""The peer: a loop over REST that writes what it gets to Parquet files, nothing checked.

It keeps no budget, knows no other writer, and would write everything again if run again.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import requests

from flows.shared.filling import CHUNK_TRADES

SYMBOL = "BTCUSDT"
_PAGE = 1_000
_PRICE = pa.decimal128(38, 8)


@dataclass(frozen=True, slots=True)
class Written:
    """What the peer wrote."""

    trades: int
    quantity: Decimal


def write_history(address: str, ids: range, folder: Path) -> Written:
    """Fetch some ids and write them, `CHUNK_TRADES` to a file."""
    trades, quantity = 0, Decimal(0)
    with requests.Session() as session:
        for start in range(ids.start, ids.stop, CHUNK_TRADES):
            rows = _fetch(session, address, range(start, min(start + CHUNK_TRADES, ids.stop)))
            pq.write_table(_columns(rows), folder / f"{start}.parquet", compression="zstd")
            trades += len(rows)
            quantity += sum(Decimal(str(row["qty"])) for row in rows)
    return Written(trades, quantity)


def _fetch(session: requests.Session, address: str, ids: range) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for start in range(ids.start, ids.stop, _PAGE):
        limit = min(_PAGE, ids.stop - start)
        asked = {"symbol": SYMBOL, "fromId": str(start), "limit": str(limit)}
        answer = session.get(f"{address}/api/v3/historicalTrades", params=asked, timeout=60)
        answer.raise_for_status()
        rows += json.loads(answer.content)
    return rows


def _columns(rows: list[dict[str, object]]) -> pa.Table:
    return pa.table(
        {
            "symbol": pa.array([SYMBOL] * len(rows)),
            "trade_id": pa.array([row["id"] for row in rows], pa.int64()),
            "price": pa.array([Decimal(str(row["price"])) for row in rows], _PRICE),
            "quantity": pa.array([Decimal(str(row["qty"])) for row in rows], _PRICE),
            "event_time": pa.array([row["time"] for row in rows], pa.timestamp("ms", "UTC")),
            "is_buyer_maker": pa.array([row["isBuyerMaker"] for row in rows]),
        }
    )
