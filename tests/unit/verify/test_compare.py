"""The proof finds each kind of difference, and reads captures that it has never seen."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from verify.captures import RecordedTrade, find_files, read_trades
from verify.compare import Comparison, compare
from verify.expected import Row, expected_candles
from verify.proof import expect
from verify.replay_plan import ReplayError

KEY = ("binance-spot", "BTCUSDT", 1)
ROW: Row = {
    "price": Decimal("1.5"),
    "quantity": Decimal(2),
    "taker_side": "buy",
    "event_time": 1_000,
}


def outcome(found: list[tuple[tuple[Any, ...], Row]]) -> Comparison:
    (result,) = compare("bronze", "trades", {KEY: ROW}, found)
    return result


def test_an_equal_row_is_green() -> None:
    result = outcome([(KEY, dict(ROW))])
    assert result.green
    assert (result.expected, result.equal) == (1, 1)


def test_a_missing_row_is_red() -> None:
    result = outcome([])
    assert not result.green
    assert (result.missing, result.equal) == (1, 0)


def test_a_row_that_is_there_twice_is_surplus() -> None:
    result = outcome([(KEY, dict(ROW)), (KEY, dict(ROW))])
    assert not result.green
    assert result.surplus == 1
    assert "2 copies" in result.examples[0]


def test_a_row_that_nobody_expects_is_surplus() -> None:
    result = outcome([(KEY, dict(ROW)), (("binance-spot", "ETHUSDT", 9), dict(ROW))])
    assert result.surplus == 1
    assert not result.green


@pytest.mark.parametrize(
    "change", [{"price": Decimal("1.50000001")}, {"price": 1.5}, {"price": None}, {"event_time": 1}]
)
def test_another_value_or_another_type_is_wrong(change: Row) -> None:
    result = outcome([(KEY, ROW | change)])
    assert not result.green
    assert result.wrong == 1
    assert next(iter(change)) in result.examples[0]


def trade(trade_id: int, time_ms: int, symbol: str = "ETHUSDT", **extra: object) -> dict[str, Any]:
    data = {"e": "trade", "E": time_ms, "s": symbol, "t": trade_id, "p": "10.0", "q": "1.0",
            "T": time_ms, "m": False, "M": True}  # fmt: skip
    return {"stream": f"{symbol.lower()}@trade", "data": data | extra}


def write(path: Path, frames: list[dict[str, Any] | str]) -> Path:
    with gzip.open(path, "wt") as file:
        for number, frame in enumerate(frames):
            text = frame if isinstance(frame, str) else json.dumps(frame)
            file.write(f"{1_700_000_000_000_000_000 + number} {text}\n")
    return path


def test_files_of_unsupported_markets_are_named_and_left_out(tmp_path: Path) -> None:
    write(tmp_path / "spot_ethusdt_20240101.gz", [trade(1, 5_000)])
    write(tmp_path / "usdm_ethusdt_20240101.gz", [trade(1, 5_000, X="MARKET")])
    write(tmp_path / "unnamed.gz", [trade(1, 5_000, X="MARKET")])
    expectation = expect(tmp_path)
    assert [file.path.name for file in expectation.used] == ["spot_ethusdt_20240101.gz"]
    assert {file.market for file in expectation.left_out} == {"binance-usdm"}


def test_a_capture_without_spot_trades_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "usdm_ethusdt_20240101.gz", [trade(1, 5_000)])
    with pytest.raises(ReplayError, match="binance-usdm"):
        expect(tmp_path)


def test_a_folder_without_captures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="found none"):
        find_files(tmp_path)


def test_trades_are_read_once_each_from_several_files_and_symbols(tmp_path: Path) -> None:
    first = write(tmp_path / "a.gz", [trade(1, 5_000), trade(1, 5_000), "{broken", {"x": 1}])
    second = write(tmp_path / "b.gz", [trade(2, 6_000), trade(7, 6_000, "SOLUSDT")])
    found = read_trades([first, second])
    assert {symbol: len(trades) for symbol, trades in found.items()} == {"ETHUSDT": 2, "SOLUSDT": 1}


def candles(interval: str, *trades: tuple[int, int]) -> dict[int, Row]:
    frames = {"ETHUSDT": read_list(trades)}
    rows = expected_candles("binance-spot", frames, interval)
    return {key[2]: row for key, row in rows.items()}


def read_list(trades: tuple[tuple[int, int], ...]) -> list[RecordedTrade]:

    return [
        RecordedTrade("ETHUSDT", trade_id, Decimal(10), Decimal(1), time_ms, buy=True)
        for trade_id, time_ms in trades
    ]


def test_the_first_window_is_unknown_because_nothing_before_it_was_received() -> None:
    first = candles("1s", (1, 5_000), (2, 6_000))[5_000]
    assert first["missing_trades"] is first["completeness"] is first["expected_trades"] is None
    assert not first["is_final"]


def test_a_gap_counts_in_every_second_that_it_touches() -> None:
    rows = candles("1s", (1, 1_000), (2, 5_900), (6, 8_100), (7, 9_000))
    assert [rows[start]["missing_trades"] for start in (5_000, 6_000, 7_000, 8_000)] == [3] * 4
    assert rows[6_000]["trade_count"] == 0
    assert rows[6_000]["open"] is rows[6_000]["vwap"] is None
    assert rows[6_000]["completeness"] == 0.0
    assert rows[8_000]["completeness"] == 0.25
    assert rows[9_000]["is_final"]


def test_a_gap_inside_a_minute_counts_once_in_it() -> None:
    rows = candles("1m", (1, 1_000), (2, 65_900), (6, 68_100))
    assert rows[60_000]["missing_trades"] == 3
    assert rows[60_000]["expected_trades"] == 5


def test_a_gap_over_a_midnight_counts_in_both_minutes() -> None:
    rows = candles("1m", (1, 1_000), (2, 119_900), (6, 120_100))
    assert rows[60_000]["missing_trades"] == rows[120_000]["missing_trades"] == 3


def test_a_gap_longer_than_an_hour_is_marked_once_a_minute() -> None:
    rows = candles("1s", (1, 1_000), (2, 2_500), (9, 3_700_000))
    touched = sorted(start for start, row in rows.items() if row["trade_count"] == 0)
    assert touched == list(range(60_000, 3_660_001, 60_000))
