"""Numbered migrations of the lake: forward only, each safe to run again.

A module is named `m<number>_<what>.py` and holds `migrate(lake)`. `MIGRATIONS` lists them in
order; `iceberg.migrate` runs those that the lake has not recorded yet.
"""

from collections.abc import Callable
from dataclasses import dataclass

from iceberg.migrations import (
    m0001_first_tables,
    m0002_books,
    m0003_rollups,
    m0004_reconciliations,
    m0005_repairs,
    m0006_quality,
    m0007_later_looks,
)
from stores.iceberg import Lake


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
    Migration(2, "create the tables of books and liquidity", m0002_books.migrate),
    Migration(3, "create the tables of gold", m0003_rollups.migrate),
    Migration(4, "create the table of reconciliations", m0004_reconciliations.migrate),
    Migration(5, "create the table of repairs", m0005_repairs.migrate),
    Migration(6, "create the tables of quality results and alerts", m0006_quality.migrate),
    Migration(7, "add the columns of later looks to repairs", m0007_later_looks.migrate),
)
"""Every migration in order."""
