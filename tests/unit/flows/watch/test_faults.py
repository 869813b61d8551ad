"""What the watch finds: silence measured against the clock and the list, reported once."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Cancelled, Completed, State

from flows.watch.connectors import (
    COMPARISONS,
    ConnectorsSilentError,
    Followed,
    ask,
    task_faults,
)
from flows.watch.faults import Fault, changes
from flows.watch.freshness import Newest, market_clock_ms, stale
from flows.watch.runs import refusals
from market.dictionary.alerts import Alert, Severity

CLOCK_MS = 1_764_417_600_000
HOUR_MS = 3_600_000
SPOT = "binance-spot"
FAULT = Fault("fresh", Severity.WARNING, "silent", "silver.candles_1m", SPOT, "BTCUSDT")


def followed(*symbols: str, market: str = SPOT) -> list[Followed]:
    return [Followed(market, symbol, "candles_1m") for symbol in symbols]


def newest(**ages_s: int) -> Newest:
    ends = {(SPOT, symbol): CLOCK_MS - age_s * 1_000 for symbol, age_s in ages_s.items()}
    return Newest("candles_1m", ends)


def test_a_symbol_that_is_silent_beside_living_ones_is_a_warning() -> None:
    (fault,) = stale(followed("AUSDT", "BUSDT"), newest(AUSDT=60, BUSDT=901), CLOCK_MS)
    assert (fault.symbol, fault.severity, fault.table_name) == (
        "BUSDT", Severity.WARNING, "silver.candles_1m",
    )  # fmt: skip
    assert "within 900 s of 2025-11-29 12:00:00 UTC" in fault.detail
    assert "its newest ends at 2025-11-29 11:44:59 UTC" in fault.detail


def test_a_symbol_of_which_nothing_ever_came_is_noticed() -> None:
    (fault,) = stale(followed("AUSDT", "BUSDT"), newest(AUSDT=60), CLOCK_MS)
    assert fault.symbol == "BUSDT"
    assert "none that ends after 2025-11-29 11:00 UTC" in fault.detail


def test_a_market_that_is_silent_as_a_whole_is_one_error() -> None:
    silent = stale(followed("AUSDT", "BUSDT"), newest(AUSDT=12 * 3_600, BUSDT=12 * 3_600), CLOCK_MS)
    (fault,) = silent
    assert (fault.market, fault.symbol, fault.severity) == (SPOT, "", Severity.ERROR)


def test_one_market_hides_no_other() -> None:
    both = followed("AUSDT") + followed("AUSDT", market="binance-usdm")
    (fault,) = stale(both, newest(AUSDT=60), CLOCK_MS)
    assert fault.market == "binance-usdm"


def test_what_is_fresh_is_no_fault() -> None:
    assert list(stale(followed("AUSDT"), newest(AUSDT=900), CLOCK_MS)) == []


def test_a_fault_is_reported_once_and_again_when_it_is_over() -> None:
    (begun,) = changes([FAULT], [], 1)
    assert (begun.severity, begun.symbol, begun.raised_at_ms) == (Severity.WARNING, "BTCUSDT", 1)
    assert changes([FAULT], [begun], 2) == []
    (over,) = changes([], [begun], 3)
    assert (over.severity, over.check_name, over.symbol) == (Severity.RESOLVED, "fresh", "BTCUSDT")
    assert "over: " in over.detail
    assert changes([], [over, begun], 4) == []
    (again,) = changes([FAULT], [over, begun], 5)
    assert again.severity is Severity.WARNING


def test_a_fault_hides_no_other() -> None:
    other = Fault("fresh", Severity.WARNING, "silent", "silver.candles_1m", SPOT, "ETHUSDT")
    told: list[Alert] = changes([FAULT], [], 1)
    assert [one.symbol for one in changes([FAULT, other], told, 2)] == ["ETHUSDT"]


def status(**tasks: str) -> dict[str, Any]:
    return {
        "name": "binance-spot",
        "tasks": [
            {"id": number, "state": state, "trace": "Traceback:\n  ...\nFencedError: gone\n"}
            for number, state in enumerate(tasks.values())
        ],
    }


def test_a_task_that_failed_permanently_is_a_fault_beside_healthy_ones() -> None:
    (fault,) = task_faults(status(a="RUNNING", b="FAILED", c="RUNNING"))
    assert fault.severity is Severity.ERROR
    assert fault.check_name == "task_runs(binance-spot task 1)"
    assert "failed permanently: FencedError: gone" in fault.detail


@pytest.mark.parametrize(
    ("metrics", "found"),
    [
        ({COMPARISONS: 0, "book_diffs_total": 20_000}, True),
        ({COMPARISONS: 0, "book_diffs_total": 100}, False),
        ({COMPARISONS: 1, "book_diffs_total": 20_000}, False),
        ({"book_diffs_total": 20_000}, True),
        ({"frames_total": 20_000}, False),
    ],
)
def test_books_that_are_never_compared_are_a_fault(metrics: dict[str, int], found: bool) -> None:
    task = {"id": 0, "state": "RUNNING", "metrics": metrics}
    faults = list(task_faults({"name": "books", "tasks": [task]}))
    assert [one.check_name for one in faults] == ["books_compared(books task 0)"] * found


@contextmanager
def server(answers: dict[str, Any]) -> Iterator[str]:
    """A server that gives each path its answer; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in answers else 404)
            self.end_headers()
            self.wfile.write(json.dumps(answers.get(self.path)).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    http = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        http.server_close()


def task(connector_class: str, symbols: str) -> dict[str, Any]:
    return {"config": {"connector.class": f"connectors.{connector_class}", "symbols": symbols}}


def test_what_should_be_there_is_what_the_connectors_are_configured_to_follow() -> None:
    answers = {
        "/connectors": ["trades", "books"],
        "/connectors/trades/tasks": [
            task("binance.spot.SpotTradesConnector", "BTCUSDT, 币安人生USDT"),
            task("binance.spot.SpotTradesConnector", "1INCHUSDT"),
        ],
        "/connectors/trades/status": status(a="RUNNING", b="FAILED"),
        "/connectors/books/tasks": [task("binance.books.UsdmBooksConnector", "BTCUSDT_260327")],
        "/connectors/books/status": status(a="RUNNING"),
    }
    with server(answers) as url:
        found = ask(url)
    assert found.followed == (
        *followed("BTCUSDT", "币安人生USDT", "1INCHUSDT"),
        Followed("binance-usdm", "BTCUSDT_260327", "liquidity_1m"),
    )
    assert [one.check_name for one in found.faults] == ["task_runs(binance-spot task 1)"]


def test_connectors_that_do_not_answer_are_named() -> None:
    with pytest.raises(ConnectorsSilentError, match=r"connectors at http://127\.0\.0\.1:20798"):
        ask("http://127.0.0.1:20798")
    with server({"/connectors": ["gone"]}) as url, pytest.raises(ConnectorsSilentError):
        ask(url)


def test_a_simulated_market_has_a_clock_of_its_own_and_the_live_one_has_ours() -> None:
    with server({"/control/status": {"clock_ms": 7}}) as url:
        assert market_clock_ms(url, CLOCK_MS) == 7
    assert market_clock_ms("http://127.0.0.1:20798", CLOCK_MS) == CLOCK_MS
    assert market_clock_ms("live", CLOCK_MS) == market_clock_ms("", CLOCK_MS) == CLOCK_MS


ROLLUP = uuid4()


def run(state: State, minute: int, deployment: UUID = ROLLUP) -> FlowRun:
    state.timestamp = datetime(2026, 11, 29, 12, tzinfo=UTC) + timedelta(minutes=minute)
    return FlowRun(flow_id=uuid4(), deployment_id=deployment, state=state, name="quick-fox")


def no_slot() -> State:
    return Cancelled(message="Deployment concurrency limit reached.")


def test_a_run_that_was_cancelled_for_want_of_a_slot_is_a_fault_until_one_completes() -> None:
    names = {ROLLUP: "rollup/recent"}
    (fault,) = refusals([run(no_slot(), 5), run(Completed(), 0)], names)
    assert fault.check_name == "run_begins(rollup/recent)"
    assert "quick-fox cancelled at 2026-11-29 12:05:00 UTC: Deployment concurrency" in fault.detail
    assert list(refusals([run(no_slot(), 5), run(Completed(), 9)], names)) == []


def test_a_run_that_somebody_cancelled_or_that_is_not_ours_is_no_fault() -> None:
    asked = run(Cancelled(message="Cancelled by a person"), 5)
    assert list(refusals([asked, run(no_slot(), 5, uuid4())], {ROLLUP: "rollup/recent"})) == []
