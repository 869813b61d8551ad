"""The Trino views that join hot and cold."""

from market.dictionary.names import Namespace
from market.dictionary.schemas import Table
from market.dictionary.tables import WINDOWS
from sql import statement
from stores.trino import query


def create_views(url: str, namespace: Namespace) -> list[str]:
    """Create or replace one view for each table that both stores hold; return their names."""
    query(url, f"CREATE SCHEMA IF NOT EXISTS lake.{namespace.layer('views')}")
    for table in WINDOWS:
        query(url, statement("views/hot_and_cold.sql", _view_names(table, namespace)))
    return [f"lake.{namespace.layer('views')}.{table.name}" for table in WINDOWS]


def _view_names(table: Table, namespace: Namespace) -> dict[str, str]:
    names = [f'"{field.name}"' for field in table.fields]
    return {
        "views": namespace.layer("views"),
        "silver": namespace.layer(table.layer),
        "database": namespace.database(),
        "table": table.name,
        "columns": ",\n  ".join(names),
        "hot_columns": ",\n  ".join(f"hot.{name}" for name in names),
    }
