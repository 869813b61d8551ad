"""One second's liquidity as both the job and its peer must find it, exactly.

Exact values are decimals; quotients are the doubles that are written.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Window(NamedTuple):
    """One symbol's second; the names are those of table `liquidity_1s`."""

    symbol: str
    start_ms: int
    spread_min: Decimal
    spread_max: Decimal
    spread_last: Decimal
    spread_mean: float
    spread_bps_min: float
    spread_bps_max: float
    spread_bps_last: float
    spread_bps_mean: float
    obi_1_mean: float
    obi_1_last: float
    obi_5_mean: float
    obi_5_last: float
    obi_20_mean: float
    obi_20_last: float
    mid_last: float
    microprice_last: float
    bid_depth_quote_10_bps: Decimal
    bid_depth_quote_50_bps: Decimal
    ask_depth_quote_10_bps: Decimal
    ask_depth_quote_50_bps: Decimal
    update_count: int
    synced_ms: int
    max_quote_age_ms: int


def digest(windows: Iterable[Window]) -> str:
    """Return a digest that is equal only when the windows are; a repeated window changes it."""
    lines = sorted("|".join(map(_text, window)) for window in windows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _text(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
