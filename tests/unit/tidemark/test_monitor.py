"""What a person sees of a snapshot, and of the flows that ran last."""

import io
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from bson.decimal128 import Decimal128
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.snapshots import Snapshot as SnapshotOfLake
from rich.console import Console

from tidemark.flow_runs import FlowRun, newest_runs
from tidemark.monitor import Snapshot, rows_of
from tidemark.monitor_view import render

START = datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC)

RUN = {
    "deployment_id": "one",
    "state_name": "Running",
    "start_time": "2026-11-24T09:00:05.500000Z",
    "estimated_run_time": 3.5,
}


def window(**changes: Any) -> dict[str, Any]:
    values = {
        "symbol": "BTCUSDT",
        "interval": "1s",
        "window_start": START,
        "open": Decimal128(Decimal("83091.60")),
        "high": Decimal128(Decimal("83091.70")),
        "low": Decimal128(Decimal("83051.20")),
        "close": Decimal128(Decimal("83060.00")),
        "vwap": 83_070.5,
        "volume_base": Decimal128(Decimal("0.00482")),
        "trade_count": 12,
        "missing_trades": 0,
        "completeness": 1.0,
    }
    return values | changes


def shown(
    *windows: dict[str, Any],
    lag_ms: int | None = 1_500,
    books: Sequence[dict[str, Any]] = (),
    runs: Sequence[FlowRun] = (),
) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    clock_ms = int(START.timestamp() * 1_000)
    rows = {"candles_1s": {"mongodb": 1_300, "lake": 1_234}}
    console.print(render(Snapshot(clock_ms, windows, lag_ms, rows, books, runs), {}))
    return console.export_text()


def test_a_complete_window_says_so() -> None:
    text = shown(window())
    assert "100.0%" in text
    assert "83,091.6000" in text
    assert "1.5 s behind" in text
    assert "1,234" in text
    assert "1,300" in text


def test_an_incomplete_window_says_how_many_trades_it_may_lack() -> None:
    text = shown(window(missing_trades=3, completeness=0.8))
    assert "80.0%" in text
    assert " 3 " in text


def test_an_unknown_completeness_is_not_shown_as_a_number() -> None:
    text = shown(window(missing_trades=None, completeness=None))
    assert "unknown" in text
    assert "?" in text


def test_a_window_without_trades_has_dashes() -> None:
    names = ("open", "high", "low", "close", "vwap")
    assert shown(window(trade_count=0, **dict.fromkeys(names))).count("-") >= 5


def test_nothing_yet_is_shown_in_words() -> None:
    assert "no window yet" in shown(lag_ms=None)


def test_a_book_shows_its_quote_and_how_much_of_its_minute_was_verified() -> None:
    minute = {"spread_bps_mean": 0.25, "obi_5_mean": -0.5, "completeness": 0.975, "resyncs": 1}
    quote = {"symbol": "BTCUSDT", "bid_price": Decimal128(Decimal("83091.60")), "obi_1": 0.125}
    text = shown(books=[{**quote, "minute": minute}])
    assert all(word in text for word in ("83,091.6000", "0.125", "0.25", "-0.5", "97.5%"))


def test_a_book_that_is_unknown_has_dashes() -> None:
    assert shown(books=[{"symbol": "BTCUSDT", "minute": {}}]).count(" - ") >= 10


def test_flows_that_ran_are_shown_with_their_state() -> None:
    ran = FlowRun("rollup/recent", "Completed", START, 12.34)
    cancelled = FlowRun("rollup/everything", "Cancelled", None, 0.0)
    text = shown(runs=[ran, cancelled])
    assert all(
        word in text for word in ("rollup/recent", "Completed", "09:00:05", "12.3", "Cancelled")
    )


def test_rows_of_the_lake_are_counted_without_those_that_a_correction_deleted() -> None:
    totals = {"total-records": "91", "total-position-deletes": "39"}
    snapshot = SnapshotOfLake(
        snapshot_id=1,
        timestamp_ms=0,
        manifest_list="",
        summary=Summary(Operation.OVERWRITE, **totals),
    )
    assert rows_of(snapshot) == 52
    assert rows_of(None) == 0


@contextmanager
def prefect(answers: dict[str, Any]) -> Iterator[str]:
    """A server that gives each path its answer; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answers[self.path]).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_runs_have_the_full_names_of_their_deployments() -> None:
    answers = {
        "/api/flows/filter": [{"id": "flow", "name": "rollup"}],
        "/api/deployments/filter": [{"id": "one", "name": "recent", "flow_id": "flow"}],
        "/api/flow_runs/filter": [
            RUN,
            RUN | {"deployment_id": "two", "state_name": "Cancelled", "start_time": None},
        ],
    }
    with prefect(answers) as url:
        runs = newest_runs(url)
    started = datetime(2026, 11, 24, 9, 0, 5, 500_000, tzinfo=UTC)
    assert runs == [
        FlowRun("rollup/recent", "Running", started, 3.5),
        FlowRun("deleted", "Cancelled", None, 3.5),
    ]


def test_a_server_that_is_down_has_run_nothing() -> None:
    assert newest_runs("http://127.0.0.1:20799") == []
