"""The rollup flow on known windows: every row of gold equals a recomputation from the trades."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import Any

import pytest

from flows.rollup import flow as module
from flows.rollup.flow import rollup
from flows.shared.gold import Outcome
from iceberg.migrate import drop, migrate
from market.dictionary.gold_tables import GOLD
from market.dictionary.windows import INTERVAL_MS
from market.metrics.returns import Close, correlation, log_returns, realised_volatility
from stack import pipeline
from stack.settings import Settings
from stores.iceberg import Lake
from tests.integration.flows import silver
from tests.integration.flows.silver import MARKET, Row
from tests.integration.flows.worker import worker_environment
from tests.support.running_stack import RunningStack
from verify import expected
from verify.captures import RecordedTrade
from verify.expected import OrUnknown
from verify.proof import own_namespace

MIDNIGHT_MS = 1_700_006_400_000
"""2023-11-15T00:00:00Z."""
DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
START_MS = MIDNIGHT_MS - 95 * MINUTE_MS
LENGTH_MS = 160 * MINUTE_MS
END_MS = START_MS + LENGTH_MS
CUT_MS = START_MS + 65 * MINUTE_MS
"""What the first of the two runs could see ends here."""
GAPS: dict[str, list[tuple[int, int]]] = {
    "AAAUSDT": [],
    # Inside a minute; over an hour's end; over several minutes.
    "BBBUSDT": [(700_000, 715_000), (2_095_000, 2_130_000), (4_000_000, 4_400_000)],
    "CCCUSDT": [(5_690_000, 5_720_000)],
}
SYMBOLS = list(GAPS)


@dataclass(frozen=True, slots=True)
class Rolled:
    """A lake after two runs, one while windows still came, with what it was made from.

    Attributes:
        outcomes: of both runs, by table.
    """

    lake: Lake
    run: Callable[..., list[Outcome]]
    trades: dict[str, list[RecordedTrade]]
    liquidity: list[Row]
    outcomes: dict[str, Outcome]

    def gold(self) -> dict[str, dict[tuple[Any, ...], Row]]:
        return {table.name: silver.rows_of(self.lake, table.name) for table in GOLD}


def run_on(settings: Settings) -> Callable[..., list[Outcome]]:
    """Return the flow as a function, run in this process and told to the stack's server."""

    def run(**parameters: Any) -> list[Outcome]:
        with worker_environment(settings), pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_now_ms", lambda: END_MS + MINUTE_MS)
            outcomes: list[Outcome] = rollup(**parameters)
            return outcomes

    return run


@pytest.fixture(scope="module", autouse=True)
def _intervals() -> Iterator[None]:
    """Let the recomputation from trades know the intervals of gold too."""
    with pytest.MonkeyPatch.context() as patch:
        for interval in ("5m", "15m", "1h", "1d"):
            patch.setitem(expected.INTERVALS_MS, interval, INTERVAL_MS[interval])
        yield


@pytest.fixture(scope="module")
def rolled(stack: RunningStack) -> Iterator[Rolled]:
    settings = own_namespace(stack.settings)
    lake = pipeline.lake(settings)
    migrate(lake)
    trades = {
        symbol: silver.walk(symbol, START_MS, LENGTH_MS, price, GAPS[symbol])
        for symbol, price in zip(SYMBOLS, ("61838.1", "0.14", "2741.07"), strict=True)
    }
    liquidity = [
        row for symbol in SYMBOLS[:2] for row in silver.liquidity(7, symbol, START_MS, 160)
    ]
    outcomes: dict[str, Outcome] = {}
    try:
        run = run_on(settings)
        for start, end in ((0, CUT_MS), (CUT_MS, END_MS + MINUTE_MS)):
            for interval in ("1s", "1m"):
                rows = silver.candles(trades, interval)
                silver.append(lake, f"candles_{interval}", between(rows, start, end))
            silver.append(lake, "liquidity_1m", between(liquidity, start, end))
            for one in run():
                outcomes[one.table] = outcomes.get(one.table, Outcome(one.table)) + one
        yield Rolled(lake, run, trades, liquidity, outcomes)
    finally:
        drop(lake)


def between(rows: list[Row], start_ms: int, end_ms: int) -> list[Row]:
    """Return the windows that begin in a span."""
    return [row for row in rows if start_ms <= row["window_start"] < end_ms]


def known_until(trades: list[RecordedTrade]) -> int:
    """End of the last minute of a symbol."""
    return trades[-1].time_ms // MINUTE_MS * MINUTE_MS + MINUTE_MS


def is_same(found: Row, wanted: Mapping[str, Any]) -> bool:
    return all(_equal(found[name], value) for name, value in wanted.items())


def _equal(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, OrUnknown):
        return found is None or _equal(found, wanted.value)
    if isinstance(wanted, float):
        return found is not None and found == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    return bool(found == wanted)


def candles_wanted(trades: Mapping[str, list[RecordedTrade]], interval: str) -> dict[Any, Row]:
    return {
        key: row
        for key, row in expected.expected_candles(MARKET, trades, interval).items()
        if row["window_end"] <= known_until(trades[key[1]])
    }


def assert_rows(found: dict[tuple[Any, ...], Row], wanted: Mapping[Any, Row]) -> None:
    assert found.keys() == wanted.keys()
    wrong = {
        (key, name): (found[key][name], value)
        for key, row in wanted.items()
        for name, value in row.items()
        if not _equal(found[key][name], value)
    }
    assert wrong == {}


@pytest.mark.parametrize("interval", ["5m", "15m", "1h", "1d"])
def test_candles_equal_a_recomputation_from_the_trades(rolled: Rolled, interval: str) -> None:
    wanted = candles_wanted(rolled.trades, interval)
    assert len(wanted) >= 3
    assert_rows(silver.rows_of(rolled.lake, f"candles_{interval}"), wanted)


def closes(trades: list[RecordedTrade], length_ms: int) -> list[Close]:
    windows: dict[int, list[RecordedTrade]] = {}
    for trade in trades:
        windows.setdefault(trade.time_ms // length_ms * length_ms, []).append(trade)
    return [
        Close(start, some[-1].price, some[0].trade_id, some[-1].trade_id)
        for start, some in windows.items()
    ]


def missing_by_minute(rolled: Rolled, symbol: str, start: int, length_ms: int) -> list[int | None]:
    """Return how many trades each minute of a window lacks; None where that is unknown."""
    return [
        row["missing_trades"]
        for (_, own, minute), row in silver.rows_of(rolled.lake, "candles_1m").items()
        if own == symbol and start <= minute < start + length_ms
    ]


def volatility_wanted(values: list[Decimal | None], missing: list[int | None]) -> Row:
    """Return what a window says of some returns, whose minutes lack so many trades."""
    known = [value for value in values if value is not None]
    share: float | None = len(known) / len(values)
    if None in missing or (any(missing) and share == 1):
        share = None
    return {
        "realised_volatility": realised_volatility(known),
        "return_count": len(known),
        "unknown_returns": len(values) - len(known),
        "completeness": share,
        "is_final": share == 1,
    }


@pytest.mark.parametrize("interval", ["1m", "1h"])
def test_volatility_equals_the_reference_and_takes_no_return_over_a_gap(
    rolled: Rolled, interval: str
) -> None:
    length_ms, wanted = INTERVAL_MS[interval], {}
    for symbol, trades in rolled.trades.items():
        returns = list(log_returns(closes(trades, 1_000)))
        for start in {one.window_start_ms // length_ms * length_ms for one in returns}:
            values = [one.value for one in returns if 0 <= one.window_start_ms - start < length_ms]
            if start + length_ms <= known_until(trades):
                missing = missing_by_minute(rolled, symbol, start, length_ms)
                wanted[(MARKET, symbol, start)] = volatility_wanted(values, missing)
    found = silver.rows_of(rolled.lake, f"volatility_{interval}")
    assert_rows(found, wanted)
    assert {row["unknown_returns"] for row in found.values()} >= {0, 1}


def minute_returns(trades: list[RecordedTrade]) -> dict[int, Decimal]:
    """Log returns of minutes that follow each other directly."""
    return {
        one.window_start_ms: one.value
        for one in log_returns(closes(trades, MINUTE_MS))
        if one.value is not None and one.since_ms == one.window_start_ms - MINUTE_MS
    }


def test_correlations_equal_the_reference(rolled: Rolled) -> None:
    wanted = {}
    returns = {symbol: minute_returns(trades) for symbol, trades in rolled.trades.items()}
    last = {symbol: known_until(trades) for symbol, trades in rolled.trades.items()}
    first_start = (START_MS - 45 * MINUTE_MS) // (15 * MINUTE_MS) * 15 * MINUTE_MS
    for one, other in combinations(SYMBOLS, 2):
        for start in range(first_start, END_MS, 15 * MINUTE_MS):
            end = start + HOUR_MS
            if end > min(last[one], last[other]):
                continue
            minutes = [m for m in returns[one] if m in returns[other] and start <= m < end]
            pairs = [(returns[one][minute], returns[other][minute]) for minute in minutes]
            wanted[(MARKET, one, other, start)] = {
                "window_end": end,
                "correlation": correlation(pairs),
                "return_count": len(pairs),
                "unknown_returns": 60 - len(pairs),
            }
    found = silver.rows_of(rolled.lake, "correlations")
    assert_rows(found, wanted)
    assert any(row["is_final"] for row in found.values())


def weighted(rows: list[Row], name: str) -> float | None:
    known = [row for row in rows if row[name] is not None]
    if not known:
        return None
    total: Decimal = sum(
        Decimal(row[name]).quantize(Decimal("1e-18"), ROUND_HALF_UP) * row["synced_ms"]
        for row in known
    )
    return float(total) / int(sum(row["synced_ms"] for row in known))


def liquidity_wanted(rows: list[Row], start: int, length_ms: int) -> Row:
    synced_ms = sum(row["synced_ms"] for row in rows)
    last = [row for row in rows if row["window_end"] == start + length_ms]
    ends = [name for name in rows[0] if name.endswith("_last") or "_depth_quote_" in name]
    row: Row = {name: last[0][name] if last else None for name in ends}
    for metric in ("spread", "spread_bps", "obi_1", "obi_5", "obi_20"):
        row[f"{metric}_mean"] = weighted(rows, f"{metric}_mean")
    for metric in ("spread", "spread_bps"):
        row[f"{metric}_min"] = min(one[f"{metric}_min"] for one in rows if one["synced_ms"])
        row[f"{metric}_max"] = max(one[f"{metric}_max"] for one in rows if one["synced_ms"])
    return row | {
        "synced_ms": synced_ms,
        "update_count": sum(one["update_count"] for one in rows),
        "resyncs": sum(one["resyncs"] for one in rows),
        "completeness": synced_ms / length_ms,
        "is_final": False,
    }


@pytest.mark.parametrize("interval", ["1h", "1d"])
def test_liquidity_is_weighted_by_the_time_that_the_book_was_known(
    rolled: Rolled, interval: str
) -> None:
    length_ms = INTERVAL_MS[interval]
    windows: dict[tuple[str, str, int], list[Row]] = {}
    for row in rolled.liquidity:
        start = row["window_start"] // length_ms * length_ms
        windows.setdefault((MARKET, row["symbol"], start), []).append(row)
    wanted = {
        key: liquidity_wanted(rows, key[2], length_ms)
        for key, rows in windows.items()
        if key[2] + length_ms <= END_MS
    }
    assert_rows(silver.rows_of(rolled.lake, f"liquidity_{interval}"), wanted)


def test_a_day_is_summed_up_in_one_line(rolled: Rolled) -> None:
    gold = rolled.gold()
    assert len(gold["daily_summary"]) == len(gold["candles_1d"]) == 3
    for key, row in gold["daily_summary"].items():
        candle, book = gold["candles_1d"][key], gold["liquidity_1d"].get(key, {})
        shared = ("open", "close", "vwap", "volume_quote", "trade_count", "missing_trades")
        assert is_same(row, {name: candle[name] for name in shared})
        assert row["synced_ms"] == book.get("synced_ms")
        assert row["spread_bps_mean"] == book.get("spread_bps_mean")
        hours = [
            one["realised_volatility"] ** 2
            for (_, symbol, start), one in gold["volatility_1h"].items()
            if symbol == key[1] and start // DAY_MS == key[2] // DAY_MS
        ]
        assert row["realised_volatility"] == pytest.approx(sum(hours) ** 0.5, rel=1e-12)


def test_windows_that_come_later_correct_none_that_was_complete(rolled: Rolled) -> None:
    for name, rows in rolled.gold().items():
        assert {row["revision"] for row in rows.values()} == {0}, name


def test_a_run_says_what_it_did(rolled: Rolled) -> None:
    for name, rows in rolled.gold().items():
        outcome = rolled.outcomes[name]
        assert (outcome.inserted, outcome.corrected) == (len(rows), 0)


def test_a_second_run_looks_at_nothing_and_commits_nothing(rolled: Rolled) -> None:
    before = {table.name: rolled.lake.table(table).metadata.current_snapshot_id for table in GOLD}
    outcomes = rolled.run()
    assert {one.looked_at for one in outcomes} == {0}
    after = {table.name: rolled.lake.table(table).metadata.current_snapshot_id for table in GOLD}
    assert after == before


def test_a_range_without_minutes_is_no_error(rolled: Rolled) -> None:
    outcomes = rolled.run(start=date(2020, 1, 1), end=date(2020, 1, 2))
    assert {one.looked_at for one in outcomes} == {0}


def revise(rolled: Rolled, symbol: str, minute_ms: int) -> dict[str, list[RecordedTrade]]:
    """Put a corrected minute into the lake, and return the symbol's trades that it stands for."""
    trades = [
        replace(one, quantity=one.quantity + 1)
        if minute_ms <= one.time_ms < minute_ms + MINUTE_MS
        else one
        for one in rolled.trades[symbol]
    ]
    rows = silver.candles({symbol: trades}, "1m")
    for row in rows:
        if row["window_start"] == minute_ms:
            row.update(revision=1, computed_at_ms=silver.COMPUTED_AT_MS + 60_000)
    silver.replace(rolled.lake, "candles_1m", symbol, rows)
    return {symbol: trades}


def test_a_revised_minute_corrects_its_windows_and_no_others(rolled: Rolled) -> None:
    symbol, minute_ms, before = "AAAUSDT", MIDNIGHT_MS - 30 * MINUTE_MS, rolled.gold()
    trades = revise(rolled, symbol, minute_ms)
    outcomes = {one.table: one for one in rolled.run(symbols=[symbol])}
    after = rolled.gold()
    for interval in ("5m", "15m", "1h", "1d"):
        name, length_ms = f"candles_{interval}", INTERVAL_MS[interval]
        key = (MARKET, symbol, minute_ms // length_ms * length_ms)
        wanted = candles_wanted(trades, interval)[key] | {"revision": 1}
        assert is_same(after[name].pop(key), wanted)
        # Others may only have learnt of newer neighbours.
        before[name].pop(key)
        assert values(after[name]) == values(before[name])
        assert outcomes[name].corrected == 1
    assert outcomes["daily_summary"].corrected == 1
    # Volumes changed, prices did not: volatility and correlation were looked at and kept.
    assert outcomes["volatility_1h"] == Outcome("volatility_1h", 1, 0, 0)
    pairs = outcomes["correlations"]
    assert (pairs.looked_at, pairs.unchanged) == (8, 8)
    assert {one.looked_at for one in rolled.run()} == {0}


def values(rows: dict[tuple[Any, ...], Row]) -> dict[tuple[Any, ...], Row]:
    """Return rows without what they were made from."""
    return {
        key: {name: value for name, value in row.items() if not name.startswith("source_")}
        for key, row in rows.items()
    }
