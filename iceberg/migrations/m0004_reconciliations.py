"""Create `ops.reconciliations`."""

from iceberg.catalog import Lake
from iceberg.create import create_tables

_TABLES = ("reconciliations",)


def migrate(lake: Lake) -> None:
    """Create the table if it is not there yet."""
    create_tables(lake, _TABLES)
