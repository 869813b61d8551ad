"""Faults that change what happens on the exchange: ids restart, a symbol is delisted.

They act before anything else sees a frame, so that streams, REST and the journal agree. Both are
permanent: clearing the fault does not bring the old ids or the symbol back.

After a reset, a symbol's ids restart at its first trade in a later tenth of a second than its
newest trade, so that no order and no aggregate is split. From there on each id is lower by the same
number, in frames of every stream; an aggregate of older trades keeps its ids. REST follows, since
it is built from the same trades.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator.binance.venues import Market
from simulator.engine.events import Frame, Trade
from simulator.engine.exchange import Exchange
from simulator.engine.faults import FaultSpec

_SLOT_MS = 100
_TRADE_ID = re.compile(rb'("t":)(\d+)')
_AGGREGATE_ID = re.compile(rb'("a":)(\d+)')
_FIRST_ID = re.compile(rb'("[fF]":)(\d+)')
_LAST_ID = re.compile(rb'("[lL]":)(\d+)')
_AGGREGATES, _KLINES, _TICKERS = b'"aggTrade"', b'"kline"', b'"24hrTicker"'


@dataclass(slots=True)
class Renumbering:
    """The ids of one symbol of one market after a reset.

    Attributes:
        first_id: the first new id.
        newest_slot: tenth of a second of the newest trade before the restart.
        trades_fall: by how much ids are lower; None until the restart.
        aggregates_fall: the same for aggregates, from the first one after the restart.
    """

    first_id: int
    newest_slot: int
    trades_fall: int | None = None
    aggregates_fall: int | None = None

    @staticmethod
    def slot_of(trade: Trade) -> int:
        """Return the tenth of a second of a trade."""
        return trade.time_ms // _SLOT_MS

    def restarts_at(self, frame: Frame) -> bool:
        """Return whether the ids restart at a frame; if so, the restart is noted."""
        trade = frame.trade
        if trade is None or self.trades_fall is not None:
            return False
        if self.slot_of(trade) <= self.newest_slot:
            return False
        self.trades_fall = trade.trade_id - self.first_id
        return True

    def applied(self, frame: Frame) -> Frame:
        """Return a frame with the new ids."""
        fall = self.trades_fall
        if fall is None:
            return frame
        if frame.trade is not None:
            lower = frame.trade.trade_id - fall
            payload = _TRADE_ID.sub(rb"\g<1>%d" % lower, frame.payload, count=1)
            trade = replace(frame.trade, trade_id=lower)
            return replace(frame, payload=payload, trade=trade)
        head = frame.payload[:28]
        if not any(kind in head for kind in (_AGGREGATES, _KLINES, _TICKERS)):
            return frame
        return replace(frame, payload=self._renumbered(frame.payload, fall))

    def _renumbered(self, payload: bytes, fall: int) -> bytes:
        last = _LAST_ID.search(payload)
        if last is None or int(last[2]) < fall + self.first_id:
            return payload
        for ids in (_FIRST_ID, _LAST_ID):
            payload = ids.sub(lambda found: self._lowered(found, fall), payload, count=1)
        aggregate = _AGGREGATE_ID.search(payload) if _AGGREGATES in payload[:28] else None
        if aggregate is None:
            return payload
        if self.aggregates_fall is None:
            self.aggregates_fall = int(aggregate[2]) - self.first_id
        aggregates_fall = self.aggregates_fall
        return _AGGREGATE_ID.sub(
            lambda found: self._lowered(found, aggregates_fall), payload, count=1
        )

    def _lowered(self, found: re.Match[bytes], fall: int) -> bytes:
        return found[1] + b"%d" % max(self.first_id, int(found[2]) - fall)


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
