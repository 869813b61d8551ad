"""The watch on a lake whose feeds died in different ways: what is silent is red within minutes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.connect.topics import ensure_topics
from flows.watch import flow as module
from flows.watch.flow import WatchError, watch
from iceberg.migrate import migrate
from market.dictionary.tables import table
from market.dictionary.topics import ALERTS
from stack import pipeline
from stack.settings import Settings
from stores.iceberg import Lake
from tests.integration.flows import silver
from tests.integration.flows.worker import worker_environment
from tests.support.running_stack import RunningStack
from tests.unit.flows.watch.test_faults import server, status, task
from verify.proof import own_namespace

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
CONNECTOR = "binance.spot.SpotTradesConnector"


@dataclass
class Watched:
    """A lake, and connectors that say what they follow."""

    settings: Settings
    lake: Lake
    answers: dict[str, Any]

    def look(self) -> list[str]:
        """Run the flow, and return what it says is wrong."""
        with (
            worker_environment(self.settings),
            server(self.answers) as url,
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setenv("CONNECT_URL", url)
            patch.setattr(module, "_CHECK_AGAIN_AFTER_S", 0)
            state = watch(return_state=True)
        if state.is_completed():
            return []
        with pytest.raises(WatchError) as raised:
            state.result()
        return str(raised.value).splitlines()[1:]

    def alerts(self) -> list[tuple[str, str, str]]:
        """Return check, symbol and severity of every alert so far, oldest first."""
        rows: list[silver.Row] = self.lake.table(table("alerts")).scan().to_arrow().to_pylist()
        return [
            (row["check_name"], row["symbol"], row["severity"])
            for row in sorted(rows, key=lambda row: (row["raised_at"], row["symbol"]))
        ]

    def put(self, symbol: str, age_ms: int, **changed: Any) -> None:
        """Put minutes of a symbol into the lake, of which the newest is so old."""
        now_ms = time.time_ns() // 1_000_000
        end_ms = (now_ms - age_ms) // MINUTE_MS * MINUTE_MS
        trades = silver.walk(symbol, end_ms - 10 * MINUTE_MS, 10 * MINUTE_MS, "9.5", [])
        rows = silver.candles({symbol: trades}, "1m")
        silver.append(self.lake, "candles_1m", [row | changed for row in rows])


@pytest.fixture
def watched(stack: RunningStack) -> Iterator[Watched]:
    settings = own_namespace(stack.settings)
    lake = pipeline.lake(settings)
    migrate(lake)
    ensure_topics(settings.kafka.bootstrap_servers, [ALERTS], settings.namespace)
    answers = {
        "/connectors": ["trades"],
        "/connectors/trades/tasks": [task(CONNECTOR, "AUSDT,币安人生USDT")],
        "/connectors/trades/status": status(a="RUNNING"),
    }
    try:
        yield Watched(settings, lake, answers)
    finally:
        pipeline.tear_down(settings)


def test_what_dies_is_red_once_and_what_comes_back_is_told(watched: Watched) -> None:
    watched.put("AUSDT", 0)
    watched.put("币安人生USDT", 0)
    assert (watched.look(), watched.alerts()) == ([], [])
    # A symbol that never came, and a task that failed for good, beside healthy ones.
    watched.answers["/connectors/trades/tasks"] = [task(CONNECTOR, "AUSDT,币安人生USDT,GONEUSDT")]
    watched.answers["/connectors/trades/status"] = status(a="RUNNING", b="FAILED")
    failed, silent = watched.look()
    assert "task_runs(binance-spot task 1): expected" in failed
    assert "fresh of silver.candles_1m binance-spot GONEUSDT: expected" in silent
    told = [("task_runs(binance-spot task 1)", "", "error"), ("fresh", "GONEUSDT", "warning")]
    assert watched.alerts() == told
    assert len(watched.look()) == 2
    assert watched.alerts() == told
    watched.put("GONEUSDT", 0)
    watched.answers["/connectors/trades/status"] = status(a="RUNNING")
    assert watched.look() == []
    assert watched.alerts()[2:] == [(check, symbol, "resolved") for check, symbol, _ in told]


def test_a_market_that_died_is_red_also_when_the_connectors_died_with_it(watched: Watched) -> None:
    watched.put("AUSDT", 12 * HOUR_MS)
    watched.put("币安人生USDT", 12 * HOUR_MS)
    (market,) = watched.look()
    assert "fresh of silver.candles_1m binance-spot: expected" in market
    watched.answers.clear()
    silent, market = watched.look()
    assert "connectors_answer: connectors at" in silent
    assert "fresh of silver.candles_1m binance-spot: expected" in market


def test_windows_in_which_nothing_is_known_do_not_make_a_symbol_fresh(watched: Watched) -> None:
    watched.put("AUSDT", 0)
    watched.put("币安人生USDT", 0, trade_count=0, missing_trades=None, completeness=None)
    (silent,) = watched.look()
    assert "binance-spot 币安人生USDT: expected" in silent
