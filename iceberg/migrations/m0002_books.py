"""Create the tables of books in `bronze` and of liquidity in `silver`."""

from iceberg.create import create_tables
from stores.iceberg import Lake

_TABLES = (
    "book_tops",
    "book_snapshots",
    "depth_diffs",
    "liquidity_1s",
    "liquidity_1m",
    "effective_spread_1m",
)


def migrate(lake: Lake) -> None:
    """Create the tables that are not there yet."""
    create_tables(lake, _TABLES)
