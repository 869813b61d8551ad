"""What is measured of Trino: the benchmark's queries, what files come to, and the rollup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Any

from benchmarks.lake.dataset import DAY
from flows.shared.gold import Outcome, Scope, roll_up_day
from market.dictionary.tables import table
from stack.settings import Settings
from stores.trino import query

_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Engine:
    """Trino over a namespace."""

    settings: Settings

    def seconds_of_a_day(self, symbol: str) -> Sequence[Any]:
        """Return a day of one symbol's seconds."""
        return self._rows("seconds_of_a_day", symbol=symbol)

    def hot_and_cold(self, symbol: str) -> Sequence[Any]:
        """Return the same through the view."""
        return self._rows("hot_and_cold", symbol=symbol)

    def month_of_minutes(self) -> Sequence[Any]:
        """Return one row a symbol and day."""
        return self._rows("month_of_minutes")

    def stored(self, name: str) -> tuple[int, int, int]:
        """Return files, bytes and records of a table."""
        layer = self.settings.namespace.layer(table(name).layer)
        ((files, size, records),) = self._rows("stored", layer=layer, table=name)
        return files, size, records

    def hours_of_a_day(self, computed_at_ms: int) -> Outcome:
        """Roll a day's minutes up to hours, as the flow does."""
        scope = Scope(self.settings.trino_url, self.settings.namespace, [], computed_at_ms)
        return roll_up_day(scope, table("candles_1h"), DAY)

    def _rows(self, name: str, **chosen: str) -> Sequence[Any]:
        names = {
            "silver": self.settings.namespace.layer("silver"),
            "views": self.settings.namespace.layer("views"),
            "start": f"TIMESTAMP '{DAY} 00:00:00 UTC'",
            "end": f"TIMESTAMP '{DAY + timedelta(days=1)} 00:00:00 UTC'",
        }
        text = Template((_SQL / f"{name}.sql").read_text()).substitute(names | chosen)
        return query(self.settings.trino_url, text).rows
