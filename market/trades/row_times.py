"""Which rows of the exchange's history have impossible times, given their neighbours. Pure.

Ids are consecutive and times never fall. A row earlier than one before it, or later than one after
it, would be counted in the wrong window. Trades that came live bound the rows; where two rows
contradict each other, it is unknown which of them is wrong, so neither is taken.
"""

from collections.abc import Collection, Iterable, Mapping

from market.dictionary.records import Trade


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
    for others in (known.keys(), known.keys() | by_id.keys()):
        placed = {i: one for i, one in (by_id | dict(known)).items() if i not in wrong}
        wrong |= _clashing([placed[i] for i in sorted(placed)], others) - known.keys()
    return [by_id[trade_id] for trade_id in sorted(wrong)]


def _clashing(in_order: list[Trade], others: Collection[int]) -> set[int]:
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
