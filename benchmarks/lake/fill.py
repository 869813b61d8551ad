"""Fill a namespace of the lake and MongoDB with the input, and leave it as maintenance would."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from bson.decimal128 import Decimal128
from pymongo import MongoClient

from benchmarks.lake.dataset import DAY, Size, days, trades, windows
from flows.maintenance.lake_maintenance import MaintenanceContext, do_work
from iceberg.maintenance import Action, Limits, Work
from iceberg.migrate import migrate
from market.dictionary.fields import Kind
from market.dictionary.tables import table
from stack import pipeline
from stack.pipeline import create_views
from stack.settings import Settings
from stores.iceberg import Lake
from stores.mongodb import prepare

COMMITS = 24
"""Appends of trades, as many as two minutes of checkpoints."""

_EVERYTHING_IS_SMALL = 10**10
_BATCH = 1_000


def fill(settings: Settings, size: Size) -> Lake:
    """Make the tables and views, and fill seconds, minutes and MongoDB."""
    lake = pipeline.lake(settings)
    migrate(lake)
    prepare(settings.mongodb.uri, settings.namespace)
    create_views(settings.trino_url, settings.namespace)
    seconds = windows(size, "1s", DAY)
    seam = pa.scalar(datetime(2026, 11, 2, tzinfo=UTC) - timedelta(seconds=size.hot_seconds))
    is_cold = pc.less(seconds["window_start"], seam.cast(seconds["window_start"].type))
    lake.table(table("candles_1s")).append(seconds.filter(is_cold))
    _fill_mongodb(settings, seconds.filter(pc.invert(is_cold)))
    for day in days(size):
        lake.table(table("candles_1m")).append(windows(size, "1m", day))
    return lake


def fill_trades(lake: Lake, size: Size) -> pa.Table:
    """Append the trades in several commits, and return them."""
    everything = trades(size)
    step = -(-size.trades // COMMITS)
    for start in range(0, size.trades, step):
        lake.table(table("trades")).append(everything.slice(start, step))
    return everything


def compact(settings: Settings, lake: Lake, name: str, day: date) -> None:
    """Rewrite a day of a table into sorted files, as maintenance does."""
    limits = Limits(_EVERYTHING_IS_SMALL, 1, timedelta(hours=6), timedelta(days=7))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    work = Work(Action.COMPACT, table(name), start, start + timedelta(days=1), 0, None, "")
    do_work(MaintenanceContext(settings.trino_url, lake, limits), work, datetime.now(UTC))


def _fill_mongodb(settings: Settings, hot: pa.Table) -> None:
    decimals = {one.name for one in table("candles_1s").fields if one.kind is Kind.DECIMAL}
    rows = [
        {name: Decimal128(value) if name in decimals else value for name, value in row.items()}
        | {"_id": f"{row['market']}|{row['symbol']}|1s|{row['window_start']:%Y-%m-%dT%H:%M:%SZ}"}
        for row in hot.to_pylist()
    ]
    with MongoClient[dict[str, Any]](settings.mongodb.uri, tz_aware=True) as client:
        collection = client[settings.namespace.database()]["candles_1s"]
        for start in range(0, len(rows), _BATCH):
            collection.insert_many(rows[start : start + _BATCH])
