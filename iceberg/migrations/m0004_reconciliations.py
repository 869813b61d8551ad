"""Create `ops.reconciliations`."""

from iceberg.create import create_tables
from stores.iceberg import Lake

_TABLES = ("reconciliations",)


def migrate(lake: Lake) -> None:
    """Create the table if it is not there yet."""
    create_tables(lake, _TABLES)
