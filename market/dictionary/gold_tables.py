"""The tables of `gold`: rolled up from windows that are final in time, corrected when those are.

`source_rows` and `source_computed_at_ms` say what a row was made from; a rollup looks again at
rows whose sources have others by now.
"""

from market.dictionary.fields import Field
from market.dictionary.schemas import Table, fields_of
from market.dictionary.window_tables import CANDLES, LIQUIDITY

_SOURCES = fields_of("source_rows source_computed_at_ms")

_VOLATILITY = fields_of(
    "market symbol window_start window_end realised_volatility return_count unknown_returns "
    "trade_count completeness revision is_final computed_at_ms"
)
_CORRELATIONS = fields_of(
    "market symbol other_symbol window_start window_end correlation return_count unknown_returns "
    "completeness revision is_final computed_at_ms"
)
_DAILY_SUMMARY = fields_of(
    "market symbol window_start window_end open high low close vwap volume_base volume_quote "
    "trade_imbalance trade_count log_return realised_volatility spread_bps_mean obi_5_mean "
    "synced_ms expected_trades missing_trades backfilled_trades late_trades completeness revision "
    "is_final computed_at_ms"
)

_SPOKEN = {
    "1m": "one minute",
    "5m": "five minutes",
    "15m": "15 minutes",
    "1h": "one hour",
    "1d": "one day, UTC",
}


def _rolled_up(
    name: str,
    fields: tuple[Field, ...],
    interval: str,
    description: str,
    key: tuple[str, ...] = ("market", "symbol", "window_start"),
) -> Table:
    return Table(
        layer="gold",
        name=name,
        fields=fields + _SOURCES,
        key=key,
        time="window_start",
        buckets=0,
        sort=("symbol", "window_start"),
        version=1,
        description=description,
        interval=interval,
    )


GOLD: tuple[Table, ...] = (
    *(
        _rolled_up(
            f"candles_{interval}",
            fields_of(CANDLES.fields),
            interval,
            f"VWAP, OHLCV and taker volumes of one symbol in {_SPOKEN[interval]}",
        )
        for interval in ("5m", "15m", "1h", "1d")
    ),
    *(
        _rolled_up(
            f"liquidity_{interval}",
            fields_of(LIQUIDITY.fields),
            interval,
            "spread, order book imbalance, microprice and depth of one symbol in "
            f"{_SPOKEN[interval]}; means are weighted by the time that the book was verified",
        )
        for interval in ("1h", "1d")
    ),
    *(
        _rolled_up(
            f"volatility_{interval}",
            _VOLATILITY,
            interval,
            f"realised volatility of one symbol in {_SPOKEN[interval]}",
        )
        for interval in ("1m", "1h")
    ),
    _rolled_up(
        "correlations",
        _CORRELATIONS,
        "1h",
        "correlation of two symbols over 60 minutes; a window starts every 15 minutes",
        key=("market", "symbol", "other_symbol", "window_start"),
    ),
    _rolled_up(
        "daily_summary",
        _DAILY_SUMMARY,
        "1d",
        "one symbol's day, UTC, in one line: price, volume, volatility, liquidity, completeness",
    ),
)
"""Every table of `gold`; each stands after those that it is made from."""
