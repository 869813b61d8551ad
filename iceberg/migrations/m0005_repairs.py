"""Create `ops.repairs`."""

from iceberg.create import create_tables
from stores.iceberg import Lake

_TABLES = ("repairs",)


def migrate(lake: Lake) -> None:
    """Create the table if it is not there yet."""
    create_tables(lake, _TABLES)
