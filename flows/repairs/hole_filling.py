"""What can be done about one hole: ask the exchange, or say why not.

Nothing is written about it here; `flows.repair` does that.
"""

from dataclasses import dataclass, replace

from connectors.binance.rest_client import RestError
from flows.repairs.filling import Filled, Filler
from flows.repairs.holes import Cause, Hole
from flows.repairs.repair_log import Repair, State
from flows.repairs.trade_history import MARKET
from market.touched_ranges import TouchedRange


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt led to.

    Attributes:
        repair: the hole's state, which holds once its windows are corrected.
        touched: where windows may differ by now; None when nothing came.
    """

    repair: Repair
    touched: TouchedRange | None = None


class HoleFiller:
    """Fills holes.

    Args:
        filler: fetches from the exchange into bronze; None when no exchange may be asked.
        max_trades: longest gap that is filled; for a longer one there is the flow `backfill`.
    """

    def __init__(self, filler: Filler | None, max_trades: int) -> None:
        self._filler = filler
        self._max_trades = max_trades
        self._symbols: frozenset[str] = frozenset()

    def attempt(self, hole: Hole) -> Attempt:
        """Do what can be done about a hole before its windows are corrected.

        Raises:
            AppendError: other writers of bronze were always first.
        """
        if hole.cause is not Cause.GAP:
            return Attempt(Repair(hole, State.REPAIRED), _touched(hole))
        if self._filler is None or hole.market != MARKET:
            return Attempt(_waiting(hole, "no_exchange", "no exchange may be asked for trades"))
        if len(hole.ids) > self._max_trades:
            return Attempt(_waiting(hole, "too_long", self._too_long(hole)))
        try:
            return self._ask(self._filler, hole)
        except RestError as error:
            return Attempt(_waiting(hole, "no_answer", str(error)))

    def _ask(self, filler: Filler, hole: Hole) -> Attempt:
        self._symbols = self._symbols or filler.history.symbols()
        if hole.symbol not in self._symbols:
            detail = f"the exchange does not know {hole.symbol}"
            return Attempt(Repair(hole, State.UNREPAIRABLE, "unknown_symbol", detail))
        times_ms = range(hole.from_time_ms, hole.to_time_ms + 1)
        return _filled(hole, filler.fill(hole.symbol, hole.ids, times_ms))

    def _too_long(self, hole: Hole) -> str:
        return (
            f"expected at most {self._max_trades} missing trades, found {len(hole.ids)}; run the "
            "flow backfill over them"
        )


def _waiting(hole: Hole, reason: str, detail: str) -> Repair:
    return Repair(hole, State.FOUND, reason, detail)


def _filled(hole: Hole, filled: Filled) -> Attempt:
    repair = Repair(hole, State.REPAIRED, fetched_trades=filled.appended)
    if filled.absent:
        detail = f"the exchange gave {filled.wanted - filled.absent} of {filled.wanted} trades"
        repair = replace(repair, state=State.UNREPAIRABLE, reason="not_given", detail=detail)
    if filled.absent == filled.wanted:
        return Attempt(repair)
    return Attempt(repair, _touched(hole, filled))


def _touched(hole: Hole, filled: Filled | None = None) -> TouchedRange:
    """Return the time of a hole with that of its neighbours, and of trades outside of it."""
    times_ms = [hole.from_time_ms, hole.to_time_ms]
    if filled is not None and filled.to_time_ms:
        times_ms += [filled.from_time_ms, filled.to_time_ms]
    return TouchedRange(hole.market, hole.symbol, min(times_ms), max(times_ms) + 1)
