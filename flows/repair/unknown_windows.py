"""Windows that were not known to be complete: recomputed once ids can prove it.

Theory of operation. The stream writes null instead of a count where it could not prove a second.
The proof comes with the ids in bronze: once a later trade of the symbol is there, and ids are
consecutive from the trade before up to it, or what they lack is counted, the windows in between are
known. Without a later trade the exchange's word proves them (`flows.repair.tails`), and without
that they wait. What stays unknown after that was never provable: nothing is known of what came
before the first trade of a symbol, or between two sequences of ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flows.repair.gap_filling import BELIEVED_AFTER_MS, Attempt, touched_by, waiting
from flows.repair.gaps import Cause, Gap, Repair, State
from flows.repair.tails import Tails
from flows.shared.config import FlowConfig
from flows.shared.correction import OF_BOOKS, OF_TRADES
from market.touched_ranges import TouchedRange
from sql import statement
from stores.trino import query
from stores.trino_literals import instant, range_rows

_NOTHING_BEFORE = (
    "a window with the first trade of the symbol, or between two sequences of its ids: nothing "
    "shows what came before"
)


def attempt(gap: Gap, tails: Tails, now_ms: int) -> Attempt:
    """Return what can be done about unknown windows.

    Args:
        gap: of the cause `unknown`.
        tails: what is known of the time after them.
        now_ms: our clock.
    """
    if tails.is_proven(touched_by(gap)):
        return Attempt(Repair(gap, State.REPAIRED), touched_by(gap))
    detail = f"no trade of {gap.symbol} after them is in bronze, which would prove them"
    is_old = gap.found_at_ms and now_ms - gap.found_at_ms >= BELIEVED_AFTER_MS
    if is_old:
        return Attempt(Repair(gap, State.UNREPAIRABLE, "no_later_trade", detail))
    return Attempt(waiting(gap, "no_later_trade", detail))


def still_unknown(config: FlowConfig, ranges: Sequence[TouchedRange]) -> set[TouchedRange]:
    """Return those of some ranges in which a window is unknown.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    if not ranges:
        return set()
    names = {
        "silver": config.namespace.layer("silver"),
        "ranges": range_rows(ranges),
        "start": instant(min(one.from_time_ms for one in ranges)),
        "end": instant(max(one.to_time_ms for one in ranges)),
    }
    rows = query(config.trino_url, statement("flows/repair/still_unknown.sql", names)).rows
    return {TouchedRange(*row) for row in rows}


def conclude(
    attempt: Attempt,
    behind: Mapping[TouchedRange, frozenset[str]],
    unknown: set[TouchedRange],
) -> Repair:
    """Return what became of a gap once windows were corrected.

    Args:
        attempt: that was made before that.
        behind: tables whose streams had not passed a range, so that windows were left to them.
        unknown: ranges in which a window is still unknown.
    """
    repair, touched = attempt.repair, attempt.touched
    if touched is None or repair.state is State.FOUND:
        return repair
    made_of_it = OF_BOOKS if repair.gap.cause is Cause.LATE_BOOKS else OF_TRADES
    waits_for = behind.get(touched, frozenset()) & made_of_it
    if waits_for:
        detail = f"the stream has not written these windows yet: {', '.join(sorted(waits_for))}"
        return replace(repair, state=State.FOUND, reason="stream_not_past", detail=detail)
    if repair.gap.cause is Cause.UNKNOWN and touched in unknown:
        return replace(
            repair, state=State.UNREPAIRABLE, reason="nothing_before", detail=_NOTHING_BEFORE
        )
    return repair
