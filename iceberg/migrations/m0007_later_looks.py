"""Add `looks` and `next_look_at` to `ops.repairs`: what is not given is asked for again later."""

from iceberg.schema import iceberg_type
from market.dictionary.fields import field
from market.dictionary.tables import table
from stores.iceberg import Lake

_COLUMNS = ("looks", "next_look_at")


def migrate(lake: Lake) -> None:
    """Add the columns that are not there yet."""
    stored = lake.table(table("repairs"))
    there = set(stored.schema().column_names)
    with stored.update_schema() as update:
        for name in _COLUMNS:
            if name not in there:
                update.add_column(name, iceberg_type(field(name)), field(name).description)
