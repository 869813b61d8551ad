"""Compare our minutes of one symbol with the exchange's own candles of the same minutes. Pure.

A minute that claims to lack nothing must equal the exchange's in every value. One that lacks
trades must have no more than the exchange counts, and lack no more than it says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.binance.rest import Kline

MINUTE_MS = 60_000
FAULTS_SHOWN = 5

_SAME = {
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "volume_base": "volume",
    "taker_buy_volume_base": "taker_buy_volume",
    "trade_count": "trade_count",
}
_CUT = {
    "volume_quote": "quote_volume",
    "taker_buy_volume_quote": "taker_buy_quote_volume",
}
"""Our columns with the exchange's names; it writes quote amounts with eight decimals only."""

_UNIT = Decimal("1e-8")

Minute = Mapping[str, Any]


@dataclass(slots=True)
class Comparison:
    """The outcome of comparing the minutes of a symbol.

    Attributes:
        expected: minutes in which the exchange has trades.
        found: minutes in which we have some.
        incomplete: minutes that say that they lack trades, or may.
        notes: each fault in words.
    """

    expected: int = 0
    found: int = 0
    missing: int = 0
    surplus: int = 0
    wrong: int = 0
    incomplete: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def detail(self) -> str:
        """The first faults, and how many minutes could be compared only in part."""
        shown = self.notes[:FAULTS_SHOWN]
        if self.incomplete:
            shown.append(f"{self.incomplete} minutes say that they may lack trades")
        return "; ".join(shown)


def compare(minutes: Sequence[Minute], klines: Iterable[Kline]) -> Comparison:
    """Compare the minutes of a span with the exchange's.

    Args:
        minutes: rows of `sql/flows/reconcile/klines.sql` of one symbol, in order of time.
        klines: of the same span, flat ones included.
    """
    result = Comparison()
    wanted = {one.open_time: one for one in klines if one.trade_count}
    result.expected = len(wanted)
    seen: set[int] = set()
    for minute in minutes:
        start_ms = minute["open_time_ms"]
        if start_ms in seen:
            result.surplus += 1
            result.notes.append(f"{_iso(start_ms)} is there twice")
        else:
            _compare_one(result, minute, wanted.get(start_ms))
        seen.add(start_ms)
    for start_ms in sorted(wanted.keys() - seen):
        result.missing += 1
        result.notes.append(f"{_iso(start_ms)} missing")
    return result


def _compare_one(result: Comparison, minute: Minute, kline: Kline | None) -> None:
    start = _iso(minute["open_time_ms"])
    result.found += minute["trade_count"] > 0
    if minute["missing_trades"] != 0:
        result.incomplete += 1
    if kline is None:
        if minute["trade_count"]:
            result.surplus += 1
            result.notes.append(f"{start} surplus: the exchange has no trade then")
        return
    differing = _differing(minute, kline)
    if differing:
        result.wrong += 1
        result.notes.append(f"{start} differs in {', '.join(differing)}")


def _differing(minute: Minute, kline: Kline) -> list[str]:
    if minute["missing_trades"] != 0:
        return [] if _may_lack(minute, kline.trade_count) else ["trade_count"]
    # Each trade's amount may have been cut before the exchange added it.
    tolerated = _UNIT * kline.trade_count
    return [
        name for name, theirs in _SAME.items() if Decimal(getattr(kline, theirs)) != minute[name]
    ] + [
        name
        for name, theirs in _CUT.items()
        if abs(Decimal(getattr(kline, theirs)) - minute[name]) > tolerated
    ]


def _may_lack(minute: Minute, exchange_count: int) -> bool:
    """Return whether an incomplete minute lacks no more than it says; null is unknown."""
    lacks = exchange_count - minute["trade_count"]
    most = minute["missing_trades"]
    return lacks >= 0 and (most is None or lacks <= most)


def _iso(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
