"""Which rows of the exchange's history have impossible times, given their neighbours. Pure.

Ids are consecutive and times never fall. A row earlier than one before it, or later than one after
it, would be counted in the wrong window. Trades that came live bound the rows. Where rows
contradict each other, it is unknown which of them are wrong, so none is taken, unless so many speak
against one that there is no doubt: one wrong row must not cost all rows of its gap.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping

from market.dictionary.records import Trade

OUTVOTES = 100
"""A row is wrong alone if believing it makes this many times as many rows wrong as need be.

More than the trades of one order: they have one time, and may all have a wrong one.
"""


def misplaced(
    rows: Iterable[Trade], known_ms: Mapping[int, int], earliest_ms: int, latest_ms: int
) -> list[Trade]:
    """Return the rows whose times do not fit, in id order.

    Args:
        rows: of the history.
        known_ms: times of trades around and between them, by id.
        earliest_ms: no row can be before this.
        latest_ms: no row can be after this.
    """
    by_id = {row.trade_id: row for row in rows if row.trade_id not in known_ms}
    times_ms = {trade_id: by_id[trade_id].event_time_ms for trade_id in sorted(by_id)}
    wrong = {one for one, ms in times_ms.items() if not earliest_ms <= ms <= latest_ms}
    # First what live trades contradict; only then do the remaining rows bound each other.
    wrong |= _clashing(_without(wrong, times_ms | dict(known_ms)), known_ms.keys())
    wrong |= _outvoted(_without(wrong, times_ms))
    wrong |= _clashing(_without(wrong, times_ms), times_ms.keys())
    return [row for trade_id, row in sorted(by_id.items()) if trade_id in wrong]


def _without(wrong: Collection[int], times_ms: dict[int, int]) -> dict[int, int]:
    """Return times by id, in the order of the ids."""
    return {one: times_ms[one] for one in sorted(times_ms) if one not in wrong}


def _outvoted(times_ms: dict[int, int]) -> set[int]:
    """Return the ids of rows that contradict nearly all others."""
    ending = _longest_runs(times_ms.values())
    beginning = reversed(_longest_runs([-one for one in reversed(times_ms.values())]))
    # How many rows must be wrong if one is right: all outside of the longest run through it.
    wrong_if_right = [
        len(times_ms) + 1 - before - after for before, after in zip(ending, beginning, strict=True)
    ]
    limit = OUTVOTES * min(wrong_if_right, default=0)
    return {one for one, wrong in zip(times_ms, wrong_if_right, strict=True) if wrong > limit}


def _longest_runs(times_ms: Iterable[int]) -> list[int]:
    """Return for each time how many times at most, it included, never fall up to it."""
    runs = []
    lowest_ms: list[int] = []
    """The lowest time with which a run of each length ends."""
    for time_ms in times_ms:
        length = bisect_right(lowest_ms, time_ms)
        lowest_ms[length : length + 1] = [time_ms]
        runs.append(length + 1)
    return runs


def _clashing(times_ms: dict[int, int], others: Collection[int]) -> set[int]:
    """Return the ids of trades that are earlier or later than one of the others allows."""
    found = set()
    latest_ms = 0
    for one, time_ms in times_ms.items():
        if time_ms < latest_ms:
            found.add(one)
        if one in others:
            latest_ms = max(latest_ms, time_ms)
    earliest_ms = 1 << 62
    for one, time_ms in reversed(times_ms.items()):
        if time_ms > earliest_ms:
            found.add(one)
        if one in others:
            earliest_ms = min(earliest_ms, time_ms)
    return found
