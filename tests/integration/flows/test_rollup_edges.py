"""Rollups of what ends, of what is not known, and of what was withdrawn: never whole by mistake."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from flows.rollup import flow as module
from flows.rollup.flow import rollup
from flows.shared.gold import Outcome
from iceberg.migrate import drop, migrate
from market.dictionary.gold_tables import GOLD
from market.dictionary.tables import table
from market.dictionary.windows import INTERVAL_MS
from stack import pipeline
from stack.settings import Settings
from stores.iceberg import Lake
from tests.integration.flows import silver
from tests.integration.flows.silver import MARKET, Row
from tests.integration.flows.worker import worker_environment
from tests.support.running_stack import RunningStack
from verify.proof import own_namespace

MIDNIGHT_MS = 1_700_006_400_000
DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
START_MS, END_MS = MIDNIGHT_MS - 2 * HOUR_MS, MIDNIGHT_MS + 65 * MINUTE_MS
STOP_MS = MIDNIGHT_MS - 40 * MINUTE_MS
"""The symbol that stops has its last trade before this."""
LIVING, STOPPED, UNKNOWN, WITHDRAWN = "AAAUSDT", "STOPUSDT", "币安人生USDT", "GONEUSDT"
INTERVALS = ("5m", "15m", "1h", "1d")
MINUTE = MIDNIGHT_MS - 30 * MINUTE_MS
"""Start of the minute that is unknown for a while."""
NOTHING = {"missing_trades": None, "expected_trades": None, "completeness": None}
LATER_MS = END_MS + DAY_MS + HOUR_MS


@dataclass(frozen=True, slots=True)
class Edges:
    """A lake with four symbols that were rolled up an hour after midnight."""

    settings: Settings
    lake: Lake

    def run(self, now_ms: int = END_MS) -> dict[str, Outcome]:
        with worker_environment(self.settings), pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_now_ms", lambda: now_ms)
            return {one.table: one for one in rollup()}

    def rows(self, name: str, symbol: str) -> dict[int, Row]:
        """Return a symbol's rows by the start of their window."""
        found = silver.rows_of(self.lake, name).values()
        return {row["window_start"]: row for row in found if row["symbol"] == symbol}

    def change(self, symbol: str, start_ms: int, end_ms: int, **changed: Any) -> None:
        """Put corrected minutes of a symbol into the lake."""
        minutes = self.rows("candles_1m", symbol)
        newest_ms = max(row["computed_at_ms"] for row in minutes.values())
        own = {"revision": 1, "computed_at_ms": newest_ms + 1}
        rows = [
            row | changed | own if start_ms <= start < end_ms else row
            for start, row in minutes.items()
        ]
        silver.replace(self.lake, "candles_1m", symbol, rows)

    def withdraw(self, symbol: str, start_ms: int, end_ms: int) -> None:
        """Delete a symbol's windows of a span, as a correction does that finds no trades there."""
        for name in ("candles_1m", "candles_1s"):
            start, end = (
                datetime.fromtimestamp(ms / 1_000, UTC).isoformat() for ms in (start_ms, end_ms)
            )
            condition = f"symbol = '{symbol}' and window_start >= '{start}'"
            self.lake.table(table(name)).delete(f"{condition} and window_start < '{end}'")


@pytest.fixture(scope="module")
def edges(stack: RunningStack) -> Iterator[Edges]:
    settings = own_namespace(stack.settings)
    lake = pipeline.lake(settings)
    migrate(lake)
    trades = {
        symbol: silver.walk(symbol, START_MS, end_ms - START_MS, "61838.1", [])
        for symbol, end_ms in (
            (LIVING, END_MS),
            (STOPPED, STOP_MS),
            (UNKNOWN, END_MS),
            (WITHDRAWN, END_MS),
        )
    }
    try:
        for interval in ("1s", "1m"):
            silver.append(lake, f"candles_{interval}", silver.candles(trades, interval))
        yield Edges(settings, lake)
    finally:
        drop(lake)


@dataclass(frozen=True, slots=True)
class Rolled:
    """The tables of gold after a run.

    Attributes:
        outcomes: of the run, by table.
    """

    outcomes: dict[str, Outcome]
    tables: dict[str, dict[tuple[Any, ...], Row]]

    def rows(self, name: str, symbol: str) -> dict[int, Row]:
        """Return a symbol's rows by the start of their window."""
        found = self.tables[name].values()
        return {row["window_start"]: row for row in found if row["symbol"] == symbol}


def roll_up(edges: Edges, now_ms: int = END_MS) -> Rolled:
    outcomes = edges.run(now_ms)
    return Rolled(outcomes, {one.name: silver.rows_of(edges.lake, one.name) for one in GOLD})


@pytest.fixture(scope="module")
def rolled(edges: Edges) -> Rolled:
    return roll_up(edges)


@pytest.fixture(scope="module")
def changed(edges: Edges, rolled: Rolled) -> Rolled:
    """After a minute of one symbol was found to be unknown, and an hour of another withdrawn."""
    assert rolled.outcomes
    edges.change(UNKNOWN, MINUTE, MINUTE + MINUTE_MS, **NOTHING, is_final=False)
    edges.withdraw(WITHDRAWN, MIDNIGHT_MS - HOUR_MS, MIDNIGHT_MS)
    return roll_up(edges)


@pytest.fixture(scope="module")
def settled(edges: Edges, rolled: Rolled, changed: Rolled) -> Rolled:
    """A day later, when that minute is known again, and nothing is left of the other symbol."""
    assert changed.outcomes
    trades = edges.rows("candles_1m", UNKNOWN)[MINUTE]["trade_count"]
    again = {"missing_trades": 0, "expected_trades": trades, "completeness": 1.0}
    edges.change(UNKNOWN, MINUTE, MINUTE + MINUTE_MS, **again, is_final=True)
    edges.withdraw(WITHDRAWN, START_MS, END_MS)
    return roll_up(edges, LATER_MS)


def test_the_last_hour_and_day_of_a_symbol_that_stopped_are_rolled_up_as_not_known(
    edges: Edges, rolled: Rolled
) -> None:
    hour = rolled.rows("candles_1h", STOPPED)[MIDNIGHT_MS - HOUR_MS]
    day = rolled.rows("candles_1d", STOPPED)[MIDNIGHT_MS - DAY_MS]
    minutes = edges.rows("candles_1m", STOPPED)
    assert day["trade_count"] == sum(row["trade_count"] for row in minutes.values()) > 0
    volatility = rolled.rows("volatility_1h", STOPPED)[MIDNIGHT_MS - HOUR_MS]
    for row in (hour, day, volatility, *rolled.rows("daily_summary", STOPPED).values()):
        assert (row["completeness"], row["is_final"]) == (None, False)
    assert hour["missing_trades"] is None
    before = rolled.rows("candles_1h", STOPPED)[MIDNIGHT_MS - 2 * HOUR_MS]
    assert before["trade_count"] > 0


def test_a_window_with_an_unknown_minute_is_unknown(changed: Rolled) -> None:
    for interval in INTERVALS:
        start = MINUTE // INTERVAL_MS[interval] * INTERVAL_MS[interval]
        row = changed.rows(f"candles_{interval}", UNKNOWN)[start]
        assert [row[name] for name in NOTHING] == [None, None, None]
        assert (row["is_final"], row["trade_count"] > 0) == (False, True)
    hour = MINUTE // HOUR_MS * HOUR_MS
    volatility = changed.rows("volatility_1h", UNKNOWN)[hour]
    assert (volatility["completeness"], volatility["is_final"]) == (None, False)
    pair = changed.tables["correlations"][MARKET, LIVING, UNKNOWN, hour]
    assert (pair["completeness"], pair["is_final"]) == (None, False)
    hours = changed.rows("candles_1h", UNKNOWN)
    assert {start for start, row in hours.items() if row["revision"]} == {hour}


def test_windows_whose_minutes_were_withdrawn_are_withdrawn_and_others_corrected(
    rolled: Rolled, changed: Rolled
) -> None:
    hour, day = MIDNIGHT_MS - HOUR_MS, MIDNIGHT_MS - DAY_MS
    assert changed.outcomes["candles_1h"].withdrawn == 1
    assert changed.outcomes["candles_5m"].withdrawn == 12
    assert hour not in changed.rows("candles_1h", WITHDRAWN)
    assert hour not in changed.rows("volatility_1h", WITHDRAWN)
    pairs = changed.tables["correlations"]
    assert (MARKET, LIVING, WITHDRAWN, hour) not in pairs
    assert (MARKET, LIVING, WITHDRAWN, hour - HOUR_MS) in pairs
    before, after = (one.rows("candles_1d", WITHDRAWN)[day] for one in (rolled, changed))
    assert after["trade_count"] < before["trade_count"]
    assert after["revision"] == before["revision"] + 1


def test_the_last_hour_of_a_whole_market_is_rolled_up_a_day_later(
    changed: Rolled, settled: Rolled
) -> None:
    last = MIDNIGHT_MS + HOUR_MS
    assert last not in changed.rows("candles_1h", LIVING)
    row = settled.rows("candles_1h", LIVING)[last]
    assert (row["completeness"], row["missing_trades"], row["is_final"]) == (None, None, False)


def test_a_window_becomes_whole_with_its_minute(settled: Rolled) -> None:
    row = settled.rows("candles_1h", UNKNOWN)[MINUTE // HOUR_MS * HOUR_MS]
    assert (row["missing_trades"], row["is_final"]) == (0, True)


def test_nothing_is_left_of_a_symbol_whose_minutes_were_all_withdrawn(settled: Rolled) -> None:
    for name in ("candles_5m", "candles_1d", "volatility_1h", "daily_summary"):
        assert settled.rows(name, WITHDRAWN) == {}


def test_a_run_after_withdrawals_looks_at_nothing(edges: Edges, settled: Rolled) -> None:
    assert settled.outcomes
    assert {one.looked_at for one in edges.run(LATER_MS).values()} == {0}
