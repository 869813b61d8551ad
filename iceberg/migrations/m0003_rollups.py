"""Create the tables of `gold`: candles, liquidity, volatility, correlations, the daily summary."""

from iceberg.create import create_tables
from stores.iceberg import Lake

_TABLES = (
    "candles_5m",
    "candles_15m",
    "candles_1h",
    "candles_1d",
    "liquidity_1h",
    "liquidity_1d",
    "volatility_1m",
    "volatility_1h",
    "correlations",
    "daily_summary",
)


def migrate(lake: Lake) -> None:
    """Create the tables that are not there yet."""
    create_tables(lake, _TABLES)
