"""Create `bronze.trades`, `silver.candles_1s`, `silver.candles_1m` and the tables of `ops`."""

from iceberg.create import create_tables
from stores.iceberg import Lake

_TABLES = ("trades", "candles_1s", "candles_1m", "feed_events", "dead_letters", "late_records")


def migrate(lake: Lake) -> None:
    """Create the tables that are not there yet."""
    create_tables(lake, _TABLES)
