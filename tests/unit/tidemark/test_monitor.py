"""What a person sees of a snapshot."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128
from rich.console import Console

from tidemark.monitor import Snapshot, render

START = datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC)


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


def shown(*windows: dict[str, Any], lag_ms: int | None = 1_500) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    clock_ms = int(START.timestamp() * 1_000)
    console.print(render(Snapshot(clock_ms, windows, lag_ms, {"lake.bronze.trades": 1_234}), {}))
    return console.export_text()


def test_a_complete_window_says_so() -> None:
    text = shown(window())
    assert "100.0%" in text
    assert "83,091.6000" in text
    assert "1.5 s behind" in text
    assert "1,234" in text


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


def test_nothing_yet_is_said_in_words() -> None:
    assert "no window yet" in shown(lag_ms=None)
