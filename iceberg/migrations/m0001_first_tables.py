"""Create `bronze.trades`, `silver.candles_1s`, `silver.candles_1m` and the tables of `ops`."""

from iceberg.catalog import Lake
from iceberg.schema import PROPERTIES, iceberg_schema, partition_spec, sort_order
from market.tables import table

_TABLES = ("trades", "candles_1s", "candles_1m", "feed_events", "dead_letters", "late_records")


def migrate(lake: Lake) -> None:
    """Create the tables that are not there yet."""
    for name in _TABLES:
        wanted = table(name)
        lake.catalog.create_namespace_if_not_exists(lake.namespace.layer(wanted.layer))
        lake.catalog.create_table_if_not_exists(
            lake.identifier(wanted),
            iceberg_schema(wanted),
            partition_spec=partition_spec(wanted),
            sort_order=sort_order(wanted),
            properties={**PROPERTIES, "comment": wanted.description},
        )
