"""Append trades to `bronze.trades`, each id once, whoever else writes there.

Theory of operation. The ids that are there are read from one snapshot of the table, and the append
is built on that same snapshot: the catalog takes it only while no other commit has come in between
(a commit of Flink, of another run, of this one before it was killed). If one has, nothing was
written, and both steps are repeated. So it does not matter how often a run starts, dies or meets
another one.

Nor does the catalog's answer matter: a commit that landed although it seemed to fail is found by
its snapshot's id (`stores.iceberg_commits`). Where the outcome is unknown, both steps are repeated
as well: if the first commit lands meanwhile, either its ids are read, or the second one, built on
the same snapshot, is refused.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException
from pyiceberg.table import TableProperties

from iceberg.schema import iceberg_schema
from market.dictionary.records import TRADES_VERSION, Trade
from market.dictionary.tables import table
from market.errors import TidemarkError
from stores.iceberg import Lake

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

_TRADES = table("trades")
ATTEMPTS = 20
"""The job `bronze` commits every few seconds; an attempt takes about one."""
_PAUSE_S = 0.3


class AppendError(TidemarkError):
    """Trades could not be appended: other commits were always first, or nobody answered."""


class BronzeTrades:
    """The trades of a lake.

    Args:
        lake: where they are.
        sleep: waits, in seconds.
    """

    def __init__(self, lake: Lake, sleep: Callable[[float], None] = time.sleep) -> None:
        self._lake = lake
        self._sleep = sleep

    def times(self, market: str, symbol: str, ids: range, times_ms: range) -> dict[int, int]:
        """Return which ids are there, each with its event time.

        Args:
            market: such as ``binance-spot``.
            symbol: upper case.
            ids: that are asked for.
            times_ms: event times that their trades can have; others are not searched.
        """
        return _times(self._lake.table(_TRADES), _filter(market, symbol, ids, times_ms))

    def count(self, market: str, symbol: str, ids: range, times_ms: range) -> int:
        """Return how many of some ids are there; arguments as those of `times`."""
        wanted = _filter(market, symbol, ids, times_ms)
        return self._lake.table(_TRADES).scan(row_filter=wanted).count()

    def bytes_per_trade(self, market: str, symbol: str, ids: range, times_ms: range) -> float:
        """Return the bytes per row of the files that hold some ids, with the other rows in them."""
        wanted = _filter(market, symbol, ids, times_ms)
        files = [
            task.file for task in self._lake.table(_TRADES).scan(row_filter=wanted).plan_files()
        ]
        rows = sum(file.record_count for file in files)
        return sum(file.file_size_in_bytes for file in files) / rows if rows else 0.0

    def append(self, trades: Sequence[Trade]) -> int:
        """Append those trades of one symbol whose ids are not there yet, in one commit.

        Returns:
            How many those were.

        Raises:
            AppendError: other writers were first, or the catalog gave no usable answer, every
                time; whatever was written is found by the next call.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(_PAUSE_S)
            stored = _without_retries(self._lake.table(_TRADES))
            there = _times(stored, _filter_of(trades)) if trades else {}
            new = [trade for trade in trades if trade.trade_id not in there]
            if not new:
                return 0
            try:
                stored.append(_arrow(new))
            except (CommitFailedException, CommitStateUnknownException):
                continue
            return len(new)
        raise AppendError(
            f"bronze.trades, {trades[0].symbol}: expected to commit {len(trades)} trades from id "
            f"{trades[0].trade_id} on, found another commit before each of {ATTEMPTS} attempts, or "
            "no usable answer from the catalog; run it again"
        )


def _without_retries(stored: "IcebergTable") -> "IcebergTable":
    """Return the table with its commits tried once: a retry would build on another snapshot."""
    stored.metadata.properties[TableProperties.COMMIT_NUM_RETRIES] = "0"
    return stored


def _filter_of(trades: Sequence[Trade]) -> str:
    ids = [trade.trade_id for trade in trades]
    times = [trade.event_time_ms for trade in trades]
    return _filter(
        trades[0].market,
        trades[0].symbol,
        range(min(ids), max(ids) + 1),
        range(min(times), max(times) + 1),
    )


def _filter(market: str, symbol: str, ids: range, times_ms: range) -> str:
    return (
        f"market = '{market}' and symbol = '{symbol}' "
        f"and trade_id >= {ids[0]} and trade_id <= {ids[-1]} "
        f"and event_time >= '{_instant(times_ms[0]).isoformat()}' "
        f"and event_time <= '{_instant(times_ms[-1]).isoformat()}'"
    )


def _times(stored: "IcebergTable", wanted: str) -> dict[int, int]:
    found = stored.scan(row_filter=wanted, selected_fields=("trade_id", "event_time")).to_arrow()
    times_ms = found["event_time"].cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64())
    return dict(zip(found["trade_id"].to_pylist(), times_ms.to_pylist(), strict=True))


def _arrow(trades: Sequence[Trade]) -> pa.Table:
    schema = iceberg_schema(_TRADES).as_arrow()
    columns = {
        "market": [trade.market for trade in trades],
        "symbol": [trade.symbol for trade in trades],
        "trade_id": [trade.trade_id for trade in trades],
        "price": [Decimal(trade.price) for trade in trades],
        "quantity": [Decimal(trade.quantity) for trade in trades],
        "taker_side": [trade.taker_side for trade in trades],
        "missing_before": [trade.missing_before for trade in trades],
        "event_time": [_instant(trade.event_time_ms) for trade in trades],
        "receive_time": [_instant(trade.receive_time_ms) for trade in trades],
        "source": [trade.source for trade in trades],
        "schema_version": [TRADES_VERSION] * len(trades),
    }
    return pa.table(columns, schema=schema)


def _instant(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1_000, UTC)
