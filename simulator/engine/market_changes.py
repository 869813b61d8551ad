"""Faults that change what happens on the exchange: ids restart, a symbol is delisted.

They act before anything else sees a frame, so that streams, REST and the journal agree. Both are
permanent: clearing the fault does not bring the old ids or the symbol back.
"""

from collections.abc import Mapping

from simulator.binance.venues import Market
from simulator.engine.events import Frame
from simulator.engine.exchange import Exchange
from simulator.engine.faults import FaultSpec
from simulator.engine.renumbering import Renumbering


class MarketChanges:
    """Applies the changes made so far.

    Args:
        exchanges: by market.
    """

    def __init__(self, exchanges: Mapping[Market, Exchange]) -> None:
        self._exchanges = exchanges
        self._renumberings: dict[tuple[Market, str], list[Renumbering]] = {}
        self._gone: set[tuple[Market, str]] = set()

    def change(self, spec: FaultSpec) -> list[Market]:
        """Carry out a `reset_ids` or a `delist`; return the markets that list its symbol."""
        changed = [
            market
            for market, exchange in self._exchanges.items()
            if spec.market in ("", market) and spec.symbol in exchange.rules
        ]
        for market in changed:
            if spec.kind == "delist":
                self._exchanges[market].delist(spec.symbol)
                self._gone.add((market, spec.symbol))
            else:
                self._renumber(market, spec)
        return changed

    def _renumber(self, market: Market, spec: FaultSpec) -> None:
        newest = self._exchanges[market].history(spec.symbol).newest
        slot = Renumbering.slot_of(newest) if newest else 0
        one = Renumbering(spec.first_id, slot)
        self._renumberings.setdefault((market, spec.symbol), []).append(one)

    def applied(self, frame: Frame) -> Frame | None:
        """Return the frame that happens instead; None when nothing does."""
        if not (self._gone or self._renumberings):
            return frame
        key = (frame.market, frame.symbol)
        if key in self._gone:
            return None
        for renumbering in self._renumberings.get(key, ()):
            if renumbering.restarts_at(frame):
                self._exchanges[frame.market].restart_ids(frame.symbol, renumbering.first_id)
            frame = renumbering.applied(frame)
        return frame
