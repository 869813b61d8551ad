"""Windows that were not known to be complete: recomputed once ids can prove it.

Theory of operation. The stream writes null instead of a count where it could not prove a second.
The proof comes with the ids in bronze: once a later trade of the symbol is there, and ids are
consecutive from the trade before up to it, or what they lack is counted, the windows in between are
known. Without a later trade the exchange's word proves them: it is asked for its clock and then for
the symbol's newest id, and if bronze has that id, no later trade had been made by then. Without
that they wait. What stays unknown after that was never provable: nothing is known of what came
before the first trade of a symbol, or between two sequences of ids.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.binance.rest import SpotRest
from connectors.feeds.venue import RestError
from flows.repair.gap_filling import BELIEVED_AFTER_MS, Attempt, touched_by, waiting
from flows.repair.gaps import Cause, Gap, Repair, State
from flows.shared.config import FlowConfig
from flows.shared.correction import OF_BOOKS, OF_TRADES
from flows.shared.exchange import MARKET
from flows.shared.recomputation import Edges, edges
from market.touched_ranges import TouchedRange
from sql import statement
from stores.trino import query
from stores.trino_literals import instant, quoted, range_rows

WORD_LAG_MS = 10_000
"""How far the exchange's history may lag behind its clock."""

_NOTHING_BEFORE = (
    "a window with the first trade of the symbol, or between two sequences of its ids: nothing "
    "shows what came before"
)


@dataclass(frozen=True, slots=True)
class Tails:
    """What is known of the time after ranges.

    Attributes:
        around: the times of the trades before and after each range.
        proven_ms: by market and symbol, the instant before which the exchange has no trade after
            the newest one in bronze; only of symbols that it was asked for.
    """

    around: Edges = field(default_factory=dict)
    proven_ms: dict[tuple[str, str], int] = field(default_factory=dict)

    def is_proven(self, touched: TouchedRange) -> bool:
        """Return whether a later trade or the exchange's word proves a range to its end."""
        word_ms = self.proven_ms.get((touched.market, touched.symbol), 0)
        return self.around[touched][1] is not None or word_ms >= touched.to_time_ms


def tails_of(config: FlowConfig, rest: SpotRest | None, ranges: Iterable[TouchedRange]) -> Tails:
    """Return what is known of the time after ranges.

    Args:
        config: of the run.
        rest: of the exchange; None when it may not be asked.
        ranges: in any order.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    listed = sorted(set(ranges))
    around = edges(config, listed) if listed else {}
    since_ms: dict[str, int] = {}
    for one in listed:
        before_ms, after_ms = around[one]
        if after_ms is None and one.market == MARKET:
            since_ms.setdefault(one.symbol, one.from_time_ms if before_ms is None else before_ms)
    if rest is None or not since_ms:
        return Tails(around)
    return Tails(around, _words(config, rest, since_ms))


def _words(
    config: FlowConfig, rest: SpotRest, since_ms: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """Return the instants before which the exchange has no trade that bronze lacks."""
    try:
        newest = rest.newest_ids(sorted(since_ms))
    except RestError:
        return {}
    # The exchange's clock was read before the ids, so trades after those ids are later than it.
    return {
        (MARKET, symbol): newest.as_of_ms - WORD_LAG_MS
        for symbol, trade_id in newest.ids.items()
        if trade_id is not None and trade_id == _newest_in_bronze(config, symbol, since_ms[symbol])
    }


def _newest_in_bronze(config: FlowConfig, symbol: str, since_ms: int) -> int | None:
    names = {
        "bronze": config.namespace.layer("bronze"),
        "market": quoted(MARKET),
        "symbol": quoted(symbol),
        "since": instant(since_ms),
    }
    ((trade_id,),) = query(config.trino_url, statement("flows/repair/newest.sql", names)).rows
    return None if trade_id is None else int(trade_id)


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
