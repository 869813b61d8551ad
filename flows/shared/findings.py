"""Spans that flows check, and what they found there."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_SETTLED_AFTER = timedelta(minutes=2)
"""Jobs commit each table on its own: after this long, what one has, the others have, too."""


@dataclass(frozen=True, slots=True)
class Range:
    """A span of event time, from its start to before its end; both are whole minutes in UTC."""

    start: datetime
    end: datetime

    def bounds_ms(self) -> tuple[int, int]:
        """Return both ends in epoch milliseconds."""
        return int(self.start.timestamp()) * 1_000, int(self.end.timestamp()) * 1_000

    def __str__(self) -> str:
        """Return which span it is."""
        return f"{self.start:%Y-%m-%d %H:%M} .. {self.end:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found for one symbol; a row of `ops.reconciliations` but for its time.

    Attributes:
        to_time_ms: up to where the lake could be checked, epoch milliseconds, exclusive.
        missing_rows: absent, though nothing explains it.
        surplus_rows: there twice, or without a reason.
        wrong_rows: with a value other than expected.
        detail: the first faults in words; empty without any.
    """

    check_name: str
    table_name: str
    market: str
    symbol: str
    from_time_ms: int
    to_time_ms: int
    expected_rows: int
    found_rows: int
    missing_rows: int
    surplus_rows: int
    wrong_rows: int
    detail: str

    @property
    def is_green(self) -> bool:
        """True when nothing is missing, surplus or wrong."""
        return not (self.missing_rows or self.surplus_rows or self.wrong_rows)

    def __str__(self) -> str:
        """Return what was found where."""
        return (
            f"{self.check_name} of {self.table_name}, {self.market} {self.symbol}: expected "
            f"{self.expected_rows} rows, found {self.found_rows}: {self.missing_rows} missing, "
            f"{self.surplus_rows} surplus, {self.wrong_rows} wrong ({self.detail})"
        )


def choose_range(
    now: datetime, day: date | None, days_ago: int, lookback_hours: int | None
) -> Range:
    """Return what a run checks: whole minutes that every table has had time to get.

    A range that has not begun yet is empty.
    """
    settled = (now - _SETTLED_AFTER).replace(second=0, microsecond=0)
    if day is None and lookback_hours is not None:
        start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=lookback_hours)
        return Range(start, max(start, settled))
    chosen = day or now.date() - timedelta(days=days_ago)
    start = datetime(chosen.year, chosen.month, chosen.day, tzinfo=UTC)
    return Range(start, max(start, min(start + timedelta(days=1), settled)))
