"""Event-time windows: their names, lengths and bounds.

All windows are tumbling, aligned to the epoch, closed at the start and open at the end.
"""

from market.errors import UnknownNameError

INTERVAL_MS: dict[str, int] = {
    "1s": 1_000,
    "1m": 60_000,
    "5m": 300_000,
    "15m": 900_000,
    "1h": 3_600_000,
    "1d": 86_400_000,
}
"""Length of each interval in milliseconds, by the name used in tables and document keys."""

LIVE_RETENTION_HOURS: dict[str, int] = {"1s": 48, "1m": 14 * 24}
"""How long MongoDB keeps windows of each interval; the lake keeps them for ever."""


def interval_ms(interval: str) -> int:
    """Return the length of a named interval in milliseconds.

    Raises:
        UnknownNameError: no such interval.
    """
    try:
        return INTERVAL_MS[interval]
    except KeyError:
        known = ", ".join(INTERVAL_MS)
        raise UnknownNameError(f"no interval is named {interval!r}; known: {known}") from None


def window_start_ms(event_time_ms: int, interval: str) -> int:
    """Return the start of the window that holds an instant, epoch milliseconds."""
    length = interval_ms(interval)
    return event_time_ms - event_time_ms % length
