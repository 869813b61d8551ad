"""Fill one gap: ask the exchange, or say why not.

Nothing is recorded here; `flows.repair.flow` does that.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from connectors.feeds.venue import RestError
from flows.repair.gaps import Cause, Gap, Repair, State
from flows.shared.exchange import MARKET
from flows.shared.filling import Filled, Filler
from flows.shared.streams import Streams
from market.touched_ranges import TouchedRange

LOOKS = 3
"""Looks after which we believe the exchange that it does not have a trade."""

BELIEVED_AFTER_MS = 86_400_000
"""And at the earliest this long after the first one: an answer may be stale for hours."""

PAUSES_MS = (600_000, 3_600_000, 86_400_000)
"""Pauses after the first look, the second one, and each later one."""

_REFUSED_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of an attempt.

    Attributes:
        repair: the gap's state, which holds once its windows are corrected.
        touched: where windows may differ by now; None when they need no check.
    """

    repair: Repair
    touched: TouchedRange | None = None


class GapFiller:
    """Fills gaps.

    Args:
        filler: fetches from the exchange into bronze; None when no exchange may be asked.
        streams: say whether a range is still theirs.
        late: returns how many late records of a gap are not in bronze.
        max_trades: longest gap that is filled; for a longer one there is the flow `backfill`.
        now_ms: our clock.
    """

    def __init__(
        self,
        filler: Filler | None,
        streams: Streams,
        late: Callable[[Gap], int],
        max_trades: int,
        now_ms: int,
    ) -> None:
        self._filler = filler
        self._streams = streams
        self._late = late
        self._max_trades = max_trades
        self._now_ms = now_ms
        self._symbols: frozenset[str] = frozenset()

    def attempt(self, gap: Gap) -> Attempt:
        """Do what can be done about a gap before its windows are corrected.

        The first attempt and the last one have the windows checked whatever becomes of the gap:
        markers of a gap may have come after their windows.

        Raises:
            AppendError: other writers of bronze were always first.
            QueryError: Trino refused or does not answer.
            KafkaError: Kafka does not answer.
        """
        if gap.cause is not Cause.GAP:
            return self._attempt_late(gap)
        attempt = self._attempt_missing(gap)
        is_end = attempt.repair.state is not State.FOUND
        if attempt.touched is None and (is_end or not gap.is_attempted):
            return replace(attempt, touched=touched_by(gap))
        return attempt

    def _attempt_late(self, gap: Gap) -> Attempt:
        missing = self._late(gap)
        if missing:
            detail = (
                f"the job `bronze` has not brought {missing} late records yet: see "
                "`tidemark jobs list`"
            )
            return Attempt(waiting(gap, "stream_not_past", detail))
        return Attempt(Repair(gap, State.REPAIRED), touched_by(gap))

    def _attempt_missing(self, gap: Gap) -> Attempt:
        if self._filler is None or gap.market != MARKET:
            return Attempt(waiting(gap, "no_exchange", "no exchange may be asked for trades"))
        times_ms = range(gap.from_time_ms, gap.to_time_ms + 1)
        if len(gap.ids) > self._max_trades:
            return self._check_long(self._filler, gap, times_ms)
        still_to_come = self._streams.still_to_come(gap.symbol, gap.ids, times_ms)
        if still_to_come:
            return Attempt(waiting(gap, "stream_not_past", still_to_come))
        try:
            return self._ask(self._filler, gap, times_ms)
        except RestError as error:
            return Attempt(waiting(gap, "no_answer", str(error)))

    def _ask(self, filler: Filler, gap: Gap, times_ms: range) -> Attempt:
        self._symbols = self._symbols or filler.rest.symbols()
        if gap.symbol not in self._symbols:
            detail = f"the exchange does not know {gap.symbol}"
            return Attempt(self._not_given(gap, "unknown_symbol", detail))
        return self._filled(gap, filler.fill(gap.symbol, gap.ids, times_ms))

    def _check_long(self, filler: Filler, gap: Gap, times_ms: range) -> Attempt:
        """Leave a long gap to the flow `backfill`, and notice when that has filled it."""
        missing = len(gap.ids) - filler.bronze.count(MARKET, gap.symbol, gap.ids, times_ms)
        if not missing:
            return Attempt(Repair(gap, State.REPAIRED), touched_by(gap))
        detail = (
            f"expected at most {self._max_trades} missing trades, found {missing}; run the flow "
            "backfill over them"
        )
        return Attempt(waiting(gap, "too_long", detail))

    def _filled(self, gap: Gap, filled: Filled) -> Attempt:
        repair = Repair(gap, State.REPAIRED, looks=gap.looks)
        refused = _refused(filled)
        if filled.absent:
            detail = f"the exchange gave {filled.wanted - filled.absent} of {filled.wanted} trades"
            repair = self._not_given(gap, "not_given", detail + _misplaced(filled) + refused)
        elif refused:
            detail = f"the exchange gave all {filled.wanted} trades{refused}"
            repair = Repair(gap, State.UNREPAIRABLE, "refused", detail, looks=gap.looks)
        touched = None if filled.absent == filled.wanted else touched_by(gap, filled)
        return Attempt(replace(repair, fetched_trades=filled.appended), touched)

    def _not_given(self, gap: Gap, reason: str, detail: str) -> Repair:
        """Return a gap that waits for a later look, or is given up after enough of them."""
        looks = gap.looks + 1
        is_old = gap.found_at_ms and self._now_ms - gap.found_at_ms >= BELIEVED_AFTER_MS
        if looks >= LOOKS and is_old:
            return Repair(gap, State.UNREPAIRABLE, reason, detail, looks=looks)
        next_look_ms = self._now_ms + PAUSES_MS[min(looks, len(PAUSES_MS)) - 1]
        return replace(waiting(gap, reason, detail), looks=looks, next_look_at_ms=next_look_ms)


def _refused(filled: Filled) -> str:
    """Return which trades cannot be stored, and why."""
    shown = list(filled.refused.items())[:_REFUSED_SHOWN]
    listed = "".join(f"; id {one}: {why}" for one, why in shown)
    return f", {len(filled.refused)} of them cannot be stored{listed}" if shown else ""


def _misplaced(filled: Filled) -> str:
    """Return which trades have times that cannot be."""
    shown = list(filled.misplaced.items())[:_REFUSED_SHOWN]
    listed = "".join(f"; id {one}: {why}" for one, why in shown)
    return f", {len(filled.misplaced)} more at impossible times{listed}" if shown else ""


def waiting(gap: Gap, reason: str, detail: str) -> Repair:
    """Return a gap that is left as found, and why."""
    return Repair(gap, State.FOUND, reason, detail, looks=gap.looks)


def touched_by(gap: Gap, filled: Filled | None = None) -> TouchedRange:
    """Return the time of a gap with that of its neighbours, and of trades outside of it."""
    times_ms = [gap.from_time_ms, gap.to_time_ms]
    if filled is not None and filled.to_time_ms:
        times_ms += [filled.from_time_ms, filled.to_time_ms]
    return TouchedRange(gap.market, gap.symbol, min(times_ms), max(times_ms) + 1)
