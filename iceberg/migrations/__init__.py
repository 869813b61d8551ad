"""Numbered migrations of the lake: forward only, each safe to run again.

A module is named `m<number>_<what>.py` and holds `migrate(lake)`. `MIGRATIONS` lists them in
order; `iceberg.migrate` runs those that the lake has not recorded yet.
"""

from collections.abc import Callable
from dataclasses import dataclass

from iceberg.catalog import Lake
from iceberg.migrations import m0001_first_tables


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the lake's history.

    Attributes:
        number: its place in the order, recorded in the lake.
        name: what it does, in a few words.
    """

    number: int
    name: str
    migrate: Callable[[Lake], None]


MIGRATIONS = (
    Migration(1, "create the first tables of bronze, silver and ops", m0001_first_tables.migrate),
)
"""Every migration in order."""
