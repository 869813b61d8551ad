"""Which numbers can be epoch milliseconds."""

import pytest

from market.dictionary.event_times import (
    FIRST_EVENT_TIME_MS,
    LAST_EVENT_TIME_MS,
    check_event_time_ms,
)
from market.errors import MalformedRecordError


def test_milliseconds_of_this_century_pass_unchanged() -> None:
    for time_ms in (FIRST_EVENT_TIME_MS, 1_764_000_000_500, LAST_EVENT_TIME_MS - 1):
        assert check_event_time_ms(time_ms) == time_ms


@pytest.mark.parametrize(
    ("time_ms", "words"),
    [
        (1_764_000_000_500_123, "microseconds"),
        (1_764_000_000_500_123_456, "nanoseconds"),
        (1_764_000_000, "seconds"),
        (0, "found 0"),
        (-1, "found -1"),
        (FIRST_EVENT_TIME_MS - 1, "2009"),
        (LAST_EVENT_TIME_MS, "2099"),
    ],
)
def test_a_time_of_another_unit_is_refused_by_name(time_ms: int, words: str) -> None:
    with pytest.raises(MalformedRecordError, match=words) as refused:
        check_event_time_ms(time_ms, "T")
    assert refused.value.reason == "bad_time"
    assert "T: expected" in str(refused.value)
