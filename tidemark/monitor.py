"""What a person watches: the newest windows, how fresh they are, and the rows in each store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient
from rich.console import Group, RenderableType
from rich.table import Table

from market.names import MARKETS, window_id
from market.tables import TABLES, TRADES, table, topic
from tidemark import pipeline
from tidemark.settings import Settings

_LOOK_BACK_S = 30
"""How far behind the exchange's time the newest window is looked for."""
_TIMEOUT_MS = 3_000

SPOT = MARKETS[0]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was seen at one moment.

    Attributes:
        windows: the newest document of each symbol and interval that has one.
        lag_ms: exchange's time less the end of the newest window; None without a window.
        rows: by store and table.
    """

    clock_ms: int
    windows: Sequence[dict[str, Any]]
    lag_ms: int | None
    rows: dict[str, int]


def _ids(symbol: str, clock_ms: int) -> list[str]:
    second = clock_ms // 1_000
    return [
        window_id(SPOT, symbol, "1s", _iso(start))
        for start in range(second - _LOOK_BACK_S, second + 1)
    ] + [
        window_id(SPOT, symbol, "1m", _iso(start))
        for start in range(second // 60 * 60 - 120, second + 1, 60)
    ]


def _iso(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Monitor:
    """Looks at one pipeline; every look is a few reads by key.

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
        self._kafka = KafkaConsumer(bootstrap_servers=settings.kafka.bootstrap_servers)

    def close(self) -> None:
        """Close the connections."""
        self._kafka.close()
        self._mongodb.close()

    def look(self, clock_ms: int) -> Snapshot:
        """Return what is there now.

        Args:
            clock_ms: the exchange's time, epoch milliseconds.
        """
        windows = [found for symbol in self._symbols for found in self._newest(symbol, clock_ms)]
        ends = [int(window["window_end"].timestamp() * 1_000) for window in windows]
        return Snapshot(clock_ms, windows, clock_ms - max(ends) if ends else None, self._rows())

    def _newest(self, symbol: str, clock_ms: int) -> list[dict[str, Any]]:
        database = self._mongodb[self._settings.namespace.database()]
        ids = _ids(symbol, clock_ms)
        newest = []
        for interval in ("1s", "1m"):
            wanted = [one for one in ids if f"|{interval}|" in one]
            found = list(database[f"candles_{interval}"].find({"_id": {"$in": wanted}}))
            if found:
                latest = max(found, key=lambda document: document["window_start"])
                newest.append({**latest, "interval": interval})
        return newest

    def _rows(self) -> dict[str, int]:
        rows = {f"kafka.{TRADES.name}": self._offsets()}
        for one in TABLES.values():
            if one.live:
                database = self._mongodb[self._settings.namespace.database()]
                rows[f"mongodb.{one.name}"] = database[one.name].estimated_document_count()
        for name in ("trades", "candles_1s", "candles_1m", "feed_events", "dead_letters"):
            snapshot = self._lake.table(table(name)).current_snapshot()
            total = snapshot.summary["total-records"] if snapshot and snapshot.summary else "0"
            rows[f"lake.{table(name).layer}.{name}"] = int(total or 0)
        return rows

    def _offsets(self) -> int:
        name = self._settings.namespace.topic(TRADES.name)
        partitions = [TopicPartition(name, n) for n in range(topic(TRADES.name).partitions)]
        return sum(self._kafka.end_offsets(partitions).values())


def render(snapshot: Snapshot, links: dict[str, str]) -> RenderableType:
    """Return a snapshot as tables for a terminal."""
    return Group(_windows(snapshot), _stores(snapshot), _links(links))


def _windows(snapshot: Snapshot) -> Table:
    clock = datetime.fromtimestamp(snapshot.clock_ms / 1_000, UTC).strftime("%H:%M:%S")
    lag = "no window yet" if snapshot.lag_ms is None else f"{snapshot.lag_ms / 1_000:.1f} s behind"
    grid = Table(
        "symbol", "window", "from", "open", "high", "low", "close", "vwap", "volume", "trades",
        "missing", "complete",
        title=f"newest windows at exchange time {clock} UTC, {lag}",
        title_justify="left",
    )  # fmt: skip
    for window in snapshot.windows:
        grid.add_row(*_cells(window))
    return grid


def _cells(window: dict[str, Any]) -> list[str]:
    names = ("open", "high", "low", "close", "vwap", "volume_base")
    completeness = window["completeness"]
    return [
        window["symbol"],
        window["interval"],
        window["window_start"].strftime("%H:%M:%S"),
        *(_number(window[name]) for name in names),
        str(window["trade_count"]),
        "?" if window["missing_trades"] is None else str(window["missing_trades"]),
        "unknown" if completeness is None else f"{completeness:.1%}",
    ]


def _number(value: Any) -> str:
    if value is None:
        return "-"
    return f"{float(str(value)):,.6g}" if float(str(value)) < 1 else f"{float(str(value)):,.4f}"


def _stores(snapshot: Snapshot) -> Table:
    grid = Table(*snapshot.rows, title="rows in each store", title_justify="left")
    grid.add_row(*(f"{count:,}" for count in snapshot.rows.values()))
    return grid


def _links(links: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for what, where in links.items():
        grid.add_row(what, where)
    return grid
