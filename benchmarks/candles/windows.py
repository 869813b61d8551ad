"""Windows as text that can be compared, so that candidates are known to compute the same."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

LENGTHS_MS = {"1s": 1_000, "1m": 60_000}


class Window(NamedTuple):
    """One symbol's window: what every candidate must find, exactly."""

    interval: str
    symbol: str
    start_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume_base: Decimal
    volume_quote: Decimal
    taker_buy_volume_base: Decimal
    taker_buy_volume_quote: Decimal
    trade_count: int
    first_trade_id: int
    last_trade_id: int


def digest(windows: Iterable[Window]) -> str:
    """Return a digest that is equal only when the windows are; a repeated window changes it."""
    lines = sorted("|".join(map(_text, window)) for window in windows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _text(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
