"""Create `ops.quality_results` and `ops.alerts`."""

from iceberg.create import create_tables
from stores.iceberg import Lake

_TABLES = ("quality_results", "alerts")


def migrate(lake: Lake) -> None:
    """Create the tables that are not there yet."""
    create_tables(lake, _TABLES)
