"""Create tables that are not there yet, as the dictionary declares them now.

A later change of a table's columns is a migration of its own: it must run on a table made by an
older declaration, and find nothing to do on one made by the newest.
"""

from collections.abc import Iterable

from iceberg.schema import PROPERTIES, iceberg_schema, partition_spec, sort_order
from market.dictionary.tables import table
from stores.iceberg import Lake


def create_tables(lake: Lake, names: Iterable[str]) -> None:
    """Create tables of `market.dictionary.tables`, with their namespaces."""
    for name in names:
        wanted = table(name)
        lake.catalog.create_namespace_if_not_exists(lake.namespace.layer(wanted.layer))
        lake.catalog.create_table_if_not_exists(
            lake.identifier(wanted),
            iceberg_schema(wanted),
            partition_spec=partition_spec(wanted),
            sort_order=sort_order(wanted),
            properties={**PROPERTIES, "comment": wanted.description},
        )
