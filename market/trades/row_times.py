"""Which rows of the exchange's history have impossible times, given their neighbours. Pure.

Ids are consecutive and times never fall. A row earlier than one before it, or later than one after
it, would be counted in the wrong window. Trades that came live bound the rows. Where rows
contradict each other, it is unknown which of them are wrong, so none is taken, unless so many speak
against one that there is no doubt: one wrong row must not cost all rows of its gap.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence

from market.dictionary.records import Trade

OUTVOTES = 100
"""A row is wrong alone if believing it makes this many times as many rows wrong as need be.

More than the trades of one order: they have one time, and may all have a wrong one.
"""


def misplaced(
    rows: Iterable[Trade], known: Mapping[int, Trade], earliest_ms: int, latest_ms: int
) -> list[Trade]:
    """Return the rows whose times do not fit, in id order.

    Args:
        rows: of the history.
        known: trades around and between them, by id.
        earliest_ms: no row can be before this.
        latest_ms: no row can be after this.
    """
    by_id = {row.trade_id: row for row in rows if row.trade_id not in known}
    wrong = {
        trade_id
        for trade_id, row in by_id.items()
        if not earliest_ms <= row.event_time_ms <= latest_ms
    }
    # First what live trades contradict; only then do the remaining rows bound each other.
    everything = by_id | dict(known)
    in_order = [everything[trade_id] for trade_id in sorted(everything) if trade_id not in wrong]
    wrong |= _clashing(in_order, known.keys()) - known.keys()
    rows_left = [by_id[trade_id] for trade_id in sorted(by_id.keys() - wrong)]
    wrong |= _outvoted(rows_left)
    rows_left = [row for row in rows_left if row.trade_id not in wrong]
    wrong |= _clashing(rows_left, by_id.keys())
    return [by_id[trade_id] for trade_id in sorted(wrong)]


def _outvoted(in_order: Sequence[Trade]) -> set[int]:
    """Return the ids of rows that contradict nearly all others."""
    times_ms = [row.event_time_ms for row in in_order]
    ending = _longest_runs(times_ms)
    beginning = reversed(_longest_runs([-time_ms for time_ms in reversed(times_ms)]))
    # How many rows must be wrong if one is right: all outside of the longest run through it.
    wrong_if_right = [
        len(in_order) + 1 - before - after for before, after in zip(ending, beginning, strict=True)
    ]
    limit = OUTVOTES * min(wrong_if_right, default=0)
    return {
        row.trade_id for row, wrong in zip(in_order, wrong_if_right, strict=True) if wrong > limit
    }


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


def _clashing(in_order: Sequence[Trade], others: Collection[int]) -> set[int]:
    """Return the ids of trades that are earlier or later than one of the others allows."""
    found = set()
    latest_ms = 0
    for one in in_order:
        if one.event_time_ms < latest_ms:
            found.add(one.trade_id)
        if one.trade_id in others:
            latest_ms = max(latest_ms, one.event_time_ms)
    earliest_ms = 1 << 62
    for one in reversed(in_order):
        if one.event_time_ms > earliest_ms:
            found.add(one.trade_id)
        if one.trade_id in others:
            earliest_ms = min(earliest_ms, one.event_time_ms)
    return found
