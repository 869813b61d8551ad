"""Run the migrations that a lake has not recorded yet.

The record is a property of the Iceberg namespace `ops`, written after each step: a step that was
interrupted runs again, which every migration allows.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from pyiceberg.exceptions import NamespaceNotEmptyError

from iceberg.migrations import MIGRATIONS, Migration
from iceberg.staging import drop_staging
from market.dictionary.names import LAYERS
from stores.iceberg import Lake

_RECORD = "tidemark.migration"


def applied(lake: Lake) -> int:
    """Return the number of the last migration that the lake has recorded, 0 for none."""
    ops = lake.namespace.layer("ops")
    lake.catalog.create_namespace_if_not_exists(ops)
    return int(lake.catalog.load_namespace_properties(ops).get(_RECORD, "0"))


def migrate(
    lake: Lake,
    report: Callable[[Migration], None] = lambda _: None,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> int:
    """Run what is pending, in order; `report` is called before each step.

    Returns:
        How many migrations were run; 0 when the lake was up to date.
    """
    done = applied(lake)
    pending = [step for step in migrations if step.number > done]
    for step in pending:
        report(step)
        step.migrate(lake)
        _record(lake, step.number)
    return len(pending)


def _record(lake: Lake, number: int) -> None:
    ops = lake.namespace.layer("ops")
    lake.catalog.update_namespace_properties(ops, updates={_RECORD: str(number)})


def drop(lake: Lake) -> None:
    """Drop every table and namespace of the lake's namespace prefix.

    Raises:
        ValueError: the prefix is empty, which would be the product's own data.
    """
    if not lake.namespace.prefix:
        found = lake.namespace.layer("silver")
        raise ValueError(f"drop: expected a prefix, found {found}, the product's own")
    drop_staging(lake)
    for layer in LAYERS:
        namespace = lake.namespace.layer(layer)
        if not lake.catalog.namespace_exists(namespace):
            continue
        for identifier in lake.catalog.list_tables(namespace):
            lake.catalog.drop_table(identifier)
        for identifier in lake.catalog.list_views(namespace):
            lake.catalog.drop_view(identifier)
        # SeaweedFS keeps a dropped view's metadata file, and counts its namespace as not empty.
        with suppress(NamespaceNotEmptyError):
            lake.catalog.drop_namespace(namespace)
