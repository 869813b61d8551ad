"""What every store must hold after a capture: plain Python over the trades, exact decimals.

Theory. A window's sums are those of its trades. A gap (ids a..b, n missing) sits between two
received trades; its missing trades may belong to any window between their times. So each window
that the gap touches lacks up to n trades: the second and the minute of the trade before it, the
seconds between, and the window of the trade after it. A gap counts once per window.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from itertools import pairwise
from typing import Any

from verify.captures import RecordedTrade

Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class OrUnknown:
    """A value that a store may also hold as null, but never as another value."""

    value: object


INTERVALS_MS = {"1s": 1_000, "1m": 60_000}
_LONG_GAP_MS = 3_600_000
"""A longer gap is marked at each minute's first second, not at every second."""

_EIGHT, _SIXTEEN = Decimal("1e-8"), Decimal("1e-16")
_EXACT = Context(prec=60)
"""Wider than any column, so that no sum is rounded."""


@dataclass(slots=True)
class _Window:
    trades: list[RecordedTrade] = field(default_factory=list)
    missing: int = 0
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class _Gap:
    before: RecordedTrade
    after: RecordedTrade

    @property
    def missing(self) -> int:
        return self.after.trade_id - self.before.trade_id - 1

    def marked_ms(self) -> Iterator[int]:
        """Yield an instant in every second before the last one that the gap touches."""
        last_second = self.after.time_ms // 1_000
        if self.before.time_ms // 1_000 < last_second:
            yield self.before.time_ms
        step = 60 if self.after.time_ms - self.before.time_ms > _LONG_GAP_MS else 1
        second = self.before.time_ms // 1_000 + 1
        while second < last_second:
            if second % step == 0:
                yield second * 1_000
            second += 1

    def touched(self, length_ms: int) -> set[int]:
        """Return the starts of the windows before that of the trade after the gap."""
        last = self.after.time_ms // length_ms
        return {
            instant // length_ms * length_ms
            for instant in self.marked_ms()
            if instant // length_ms < last
        }


def _gaps(trades: Sequence[RecordedTrade]) -> Iterator[_Gap]:
    for before, after in pairwise(trades):
        if after.trade_id > before.trade_id + 1:
            yield _Gap(before, after)


def _windows(trades: Sequence[RecordedTrade], length_ms: int) -> dict[int, _Window]:
    windows: dict[int, _Window] = {}
    for trade in trades:
        start = trade.time_ms // length_ms * length_ms
        windows.setdefault(start, _Window()).trades.append(trade)
    for gap in _gaps(trades):
        last = gap.after.time_ms // length_ms * length_ms
        for start in {last, *gap.touched(length_ms)}:
            windows.setdefault(start, _Window()).missing += gap.missing
    # Nothing is known about what came before the first trade that was ever received.
    windows[trades[0].time_ms // length_ms * length_ms].unknown = True
    return windows


def _prices(trades: Sequence[RecordedTrade]) -> Row:
    if not trades:
        return dict.fromkeys(
            ("open", "high", "low", "close", "vwap", "trade_imbalance", "first_trade_id",
             "last_trade_id")
        )  # fmt: skip
    ordered = sorted(trades, key=lambda trade: (trade.time_ms, trade.trade_id))
    prices = [trade.price for trade in trades]
    base = sum((trade.quantity for trade in trades), Decimal(0))
    quote = sum((trade.price * trade.quantity for trade in trades), Decimal(0))
    buys = sum((trade.quantity for trade in trades if trade.buy), Decimal(0))
    return {
        "open": ordered[0].price,
        "high": max(prices),
        "low": min(prices),
        "close": ordered[-1].price,
        "vwap": float(quote) / float(base),
        "trade_imbalance": float(buys - (base - buys)) / float(base),
        "first_trade_id": min(trade.trade_id for trade in trades),
        "last_trade_id": max(trade.trade_id for trade in trades),
    }


def _volumes(trades: Sequence[RecordedTrade]) -> Row:
    def base(*, buy: bool) -> Decimal:
        return sum((t.quantity for t in trades if t.buy is buy), Decimal(0)).quantize(_EIGHT)

    def quote(*, buy: bool) -> Decimal:
        total = sum((t.price * t.quantity for t in trades if t.buy is buy), Decimal(0))
        return total.quantize(_SIXTEEN)

    return {
        "volume_base": base(buy=True) + base(buy=False),
        "volume_quote": quote(buy=True) + quote(buy=False),
        "taker_buy_volume_base": base(buy=True),
        "taker_sell_volume_base": base(buy=False),
        "taker_buy_volume_quote": quote(buy=True),
        "taker_sell_volume_quote": quote(buy=False),
    }


def _completeness(window: _Window) -> Row:
    count = len(window.trades)
    known = not window.unknown
    expected = count + window.missing
    return {
        "trade_count": count,
        "expected_trades": expected if known else None,
        "missing_trades": window.missing if known else None,
        "late_trades": 0,
        "completeness": count / expected if known else None,
        "revision": 0,
        "is_final": known and window.missing == 0,
    }


def expected_candles(
    market: str, symbols: Mapping[str, Sequence[RecordedTrade]], interval: str
) -> dict[Key, Row]:
    """Return every candle of an interval by (market, symbol, window start in ms)."""
    length_ms = INTERVALS_MS[interval]
    with localcontext(_EXACT):
        return {
            (market, symbol, start): {
                "window_end": start + length_ms,
                **_prices(window.trades),
                **_volumes(window.trades),
                **_completeness(window),
            }
            for symbol, trades in symbols.items()
            for start, window in _windows(trades, length_ms).items()
        }


def whole_candle(trades: Sequence[RecordedTrade], start_ms: int, length_ms: int) -> Row:
    """Return the candle of a window whose trades are all known; its counts may be null as well."""
    count = len(trades)
    with localcontext(_EXACT):
        values = {**_prices(trades), **_volumes(trades)}
    return {
        "window_end": start_ms + length_ms,
        **values,
        "trade_count": count,
        "expected_trades": OrUnknown(count),
        "missing_trades": OrUnknown(0),
        "completeness": OrUnknown(1.0),
    }


def expected_trades(market: str, symbols: Mapping[str, Sequence[RecordedTrade]]) -> dict[Key, Row]:
    """Return every trade by (market, symbol, trade id)."""
    return {
        (market, symbol, trade.trade_id): {
            "price": trade.price,
            "quantity": trade.quantity,
            "taker_side": "buy" if trade.buy else "sell",
            "event_time": trade.time_ms,
        }
        for symbol, trades in symbols.items()
        for trade in trades
    }
