"""How a snapshot of `tidemark.monitor` looks on a terminal."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from tidemark.monitor import Snapshot

_STORES = ("mongodb", "lake")


def render(snapshot: Snapshot, links: dict[str, str]) -> RenderableType:
    """Return a snapshot as tables for a terminal."""
    return Group(
        _windows(snapshot), _books(snapshot), _stores(snapshot), _flows(snapshot), _links(links)
    )


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
    return f"{float(str(value)):,.4g}" if float(str(value)) < 1 else f"{float(str(value)):,.4f}"


def _books(snapshot: Snapshot) -> Table:
    grid = Table(
        "symbol", "bid", "ask", "spread bps", "OBI 1", "OBI 5", "OBI 20", "microprice",
        "minute: spread bps", "OBI 5", "verified", "lost",
        title="newest quotes, and the newest minute of each book",
        title_justify="left",
    )  # fmt: skip
    for book in snapshot.books:
        names = ("bid_price", "ask_price", "spread_bps", "obi_1", "obi_5", "obi_20", "microprice")
        minute = book["minute"]
        completeness = minute.get("completeness")
        grid.add_row(
            book["symbol"],
            *(_number(book.get(name)) for name in names),
            *(_number(minute.get(name)) for name in ("spread_bps_mean", "obi_5_mean")),
            "-" if completeness is None else f"{completeness:.1%}",
            str(minute.get("resyncs", "-")),
        )
    return grid


def _stores(snapshot: Snapshot) -> Table:
    grid = Table(
        "table",
        title="rows in each store; the lake has them with the next checkpoint",
        title_justify="left",
    )
    for store in _STORES:
        grid.add_column(store, justify="right")
    for name, counts in snapshot.rows.items():
        grid.add_row(name, *(f"{counts[store]:,}" if store in counts else "" for store in _STORES))
    return grid


def _flows(snapshot: Snapshot) -> Table:
    grid = Table("flow", "state", "started", "seconds", title="newest flows", title_justify="left")
    for run in snapshot.runs:
        started = run.started.astimezone(UTC).strftime("%H:%M:%S") if run.started else "-"
        grid.add_row(run.deployment, run.state, started, f"{run.seconds:.1f}")
    return grid


def _links(links: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for what, where in links.items():
        grid.add_row(what, where)
    return grid
