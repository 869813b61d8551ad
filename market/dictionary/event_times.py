"""Whether a time that an exchange tells can be one at all. Pure: reads no clock.

A time in seconds or microseconds is far outside of what milliseconds can mean here, so its unit
shows without a clock. How far a time may be ahead of the exchange's own clock is checked by those
who know that clock.
"""

from market.errors import MalformedRecordError

FIRST_EVENT_TIME_MS = 1_230_768_000_000
"""2009-01-01: before it nothing was traded."""

LAST_EVENT_TIME_MS = 4_102_444_800_000
"""2100-01-01."""


def check_event_time_ms(time_ms: int, name: str = "event_time_ms") -> int:
    """Return a time unchanged after checking that it can be epoch milliseconds.

    Args:
        time_ms: what was received.
        name: of the field, for the error.

    Raises:
        MalformedRecordError: reason ``bad_time``.
    """
    if FIRST_EVENT_TIME_MS <= time_ms < LAST_EVENT_TIME_MS:
        return time_ms
    raise MalformedRecordError(
        "bad_time",
        f"{name}: expected epoch milliseconds from 2009 to 2099, found {time_ms}{_hint(time_ms)}",
    )


def _hint(time_ms: int) -> str:
    for unit, per_ms in (("microseconds", 1_000), ("nanoseconds", 1_000_000)):
        if FIRST_EVENT_TIME_MS <= time_ms // per_ms < LAST_EVENT_TIME_MS:
            return f"; are these {unit}?"
    if FIRST_EVENT_TIME_MS <= time_ms * 1_000 < LAST_EVENT_TIME_MS:
        return "; are these seconds?"
    return ""
