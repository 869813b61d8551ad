"""The dead letters since the last review, for a person to read.

How far letters have been reviewed is a property of the Iceberg namespace `ops`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sql import statement
from stores.iceberg import Lake
from stores.trino import query
from stores.trino_literals import instant

_REVIEWED = "tidemark.dead-letters-reviewed-until"
_ARRIVED_AFTER = timedelta(minutes=5)
"""After this long, a letter's job has committed it."""

_SHOWN_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Review:
    """The dead letters of a span of time.

    Attributes:
        start: where the last review ended.
        end: where this one ends.
        groups: one per connector and reason, most frequent first, with an example of each.
    """

    start: datetime
    end: datetime
    groups: list[dict[str, Any]]

    @property
    def letters(self) -> int:
        """How many there are."""
        return sum(group["letters"] for group in self.groups)

    def __str__(self) -> str:
        """Return how many there are, and their span."""
        return f"{self.letters} dead letters, {self.start:%Y-%m-%d %H:%M} .. {self.end:%H:%M} UTC"


def review_dead_letters(trino_url: str, lake: Lake, now: datetime) -> Review:
    """Return the letters since the last review.

    Raises:
        QueryError: Trino refused, or does not answer.
    """
    start, end = _reviewed_until(lake), now - _ARRIVED_AFTER
    names = {"ops": lake.namespace.layer("ops"), "start": instant(start), "end": instant(end)}
    found = query(trino_url, statement("flows/maintenance/dead_letters.sql", names))
    groups = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return Review(start, end, [{name: _shown(group[name]) for name in group} for group in groups])


def mark_reviewed(lake: Lake, review: Review) -> None:
    """Make the next review begin where this one ends."""
    ops = lake.namespace.layer("ops")
    lake.catalog.update_namespace_properties(ops, updates={_REVIEWED: review.end.isoformat()})


def _reviewed_until(lake: Lake) -> datetime:
    properties = lake.catalog.load_namespace_properties(lake.namespace.layer("ops"))
    return datetime.fromisoformat(properties.get(_REVIEWED, "1970-01-01T00:00:00+00:00"))


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, str) and len(value) > _SHOWN_CHARACTERS:
        return f"{value[:_SHOWN_CHARACTERS]} ... ({len(value)} characters)"
    return value
