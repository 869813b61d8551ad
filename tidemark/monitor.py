"""What a person watches: newest windows and books, how fresh they are, and the rows in each store.

How it looks on a terminal is in `tidemark.monitor_view`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient

from market.dictionary.markets import MARKETS
from market.dictionary.names import record_key, window_id
from market.dictionary.tables import DOCUMENTS, TABLES
from stack import pipeline
from stack.settings import Settings
from tidemark.flow_runs import FlowRun, newest_runs

if TYPE_CHECKING:
    from pyiceberg.table.snapshots import Snapshot as IcebergSnapshot
    from pymongo.database import Database

_LOOKBACK_S = 30
"""How far behind the exchange's time to search for the newest window."""
_TIMEOUT_MS = 3_000

_RECEIVED = ("trades", "book_tops")
_LAKE_ONLY = ("candles_5m", "feed_events", "dead_letters")
_QUOTES = DOCUMENTS["latest_quotes"]

SPOT = MARKETS[0]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was seen at one moment.

    Attributes:
        windows: the newest document of each symbol and interval that has one.
        lag_ms: exchange's time less the end of the newest window; None without a window.
        rows: by table, then by store. A topic's are not known: its offsets count transaction
            markers as well.
        books: the newest quote of each symbol, with its newest minute of liquidity as ``minute``.
        runs: of flows, newest first.
    """

    clock_ms: int
    windows: Sequence[dict[str, Any]]
    lag_ms: int | None
    rows: dict[str, dict[str, int]]
    books: Sequence[dict[str, Any]] = ()
    runs: Sequence[FlowRun] = ()


def _ids(symbol: str, clock_ms: int, interval: str) -> list[str]:
    second = clock_ms // 1_000
    starts = (
        range(second - _LOOKBACK_S, second + 1)
        if interval == "1s"
        else range(second // 60 * 60 - 120, second + 1, 60)
    )
    return [window_id(SPOT, symbol, interval, _iso(start)) for start in starts]


def _iso(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Monitor:
    """Watches one pipeline; every look is a few reads by key.

    Args:
        settings: of the stack.
        symbols: to show, upper case.
    """

    def __init__(self, settings: Settings, symbols: Sequence[str]) -> None:
        self._settings = settings
        self._symbols = symbols
        self._lake = pipeline.lake(settings)
        self._mongodb = MongoClient[dict[str, Any]](
            settings.mongodb.uri, tz_aware=True, serverSelectionTimeoutMS=_TIMEOUT_MS
        )

    def close(self) -> None:
        """Close the connection."""
        self._mongodb.close()

    def snapshot(self, clock_ms: int) -> Snapshot:
        """Return what is there now.

        Args:
            clock_ms: the exchange's time, epoch milliseconds.
        """
        windows = [
            {**found, "interval": interval}
            for symbol in self._symbols
            for interval in ("1s", "1m")
            if (found := self._newest("candles", symbol, clock_ms, interval)) is not None
        ]
        ends = [int(window["window_end"].timestamp() * 1_000) for window in windows]
        lag_ms = clock_ms - max(ends) if ends else None
        runs = newest_runs(self._settings.prefect_url)
        return Snapshot(clock_ms, windows, lag_ms, self._rows(), self._books(clock_ms), runs)

    @property
    def _database(self) -> "Database[dict[str, Any]]":
        return self._mongodb[self._settings.namespace.database()]

    def _newest(
        self, metric: str, symbol: str, clock_ms: int, interval: str
    ) -> dict[str, Any] | None:
        ids = _ids(symbol, clock_ms, interval)
        found = list(self._database[f"{metric}_{interval}"].find({"_id": {"$in": ids}}))
        return max(found, key=lambda document: document["window_start"], default=None)

    def _books(self, clock_ms: int) -> list[dict[str, Any]]:
        quotes = self._database[_QUOTES.name]
        books = []
        for symbol in self._symbols:
            quote = quotes.find_one({"_id": record_key(SPOT, symbol)})
            if quote is not None:
                minute = self._newest("liquidity", symbol, clock_ms, "1m")
                books.append({**quote, "minute": minute or {}})
        return books

    def _rows(self) -> dict[str, dict[str, int]]:
        rows = {name: {"lake": self._in_lake(name)} for name in _RECEIVED}
        for one in TABLES.values():
            if one.live:
                rows[one.name] = {
                    "mongodb": self._database[one.name].estimated_document_count(),
                    "lake": self._in_lake(one.name),
                }
        return rows | {name: {"lake": self._in_lake(name)} for name in _LAKE_ONLY}

    def _in_lake(self, name: str) -> int:
        return rows_of(self._lake.table(TABLES[name]).current_snapshot())


def rows_of(snapshot: "IcebergSnapshot | None") -> int:
    """Return how many rows a snapshot of the lake shows: those that it holds less those deleted."""
    if snapshot is None or snapshot.summary is None:
        return 0
    totals = snapshot.summary.additional_properties
    return int(totals.get("total-records", 0)) - int(totals.get("total-position-deletes", 0))
