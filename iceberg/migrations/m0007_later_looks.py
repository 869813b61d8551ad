"""Add `looks` and `next_look_at` to `ops.repairs`: what is not given is asked for again later."""

from pyiceberg.types import LongType, TimestamptzType

from stores.iceberg import Lake

NAME = "add the columns of later looks to repairs"

_COLUMNS = {
    "looks": (LongType(), "How often the exchange was asked for it and did not give all of it."),
    "next_look_at": (
        TimestamptzType(),
        "Before which it is not asked again; null when the next run asks.",
    ),
}


def migrate(lake: Lake) -> None:
    """Add the columns that are not there yet."""
    stored = lake.catalog.load_table((lake.namespace.layer("ops"), "repairs"))
    there = set(stored.schema().column_names)
    with stored.update_schema() as update:
        for name, (kind, description) in _COLUMNS.items():
            if name not in there:
                update.add_column(name, kind, description)
