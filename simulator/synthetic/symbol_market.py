"""One synthetic symbol over time: orders and makers change one book, frames publish it.

Theory of operation. Four things wait for their time: the next order, the next burst of the makers,
an aggregate that is published later than its trades, and the next boundary at which a diff stream
may send, if the book has changed since its last diff. At a boundary everything before it is known,
so it comes first. An order takes its fills from the book (first `bookTicker`), then the makers
follow (second `bookTicker`). Nothing is due while nothing changes: a quiet symbol costs nothing.
"""

import math
from collections.abc import Iterator
from random import Random

from simulator.binance.venues import Market
from simulator.engine.events import Frame
from simulator.engine.symbols import SymbolRules
from simulator.synthetic.arrivals import Pace, arrivals
from simulator.synthetic.book_tape import BookTape
from simulator.synthetic.ladder import Ladder
from simulator.synthetic.makers import MAKER_BURSTS_PER_SECOND, Makers
from simulator.synthetic.orders import Basis, OrderFlow, TakerOrder
from simulator.synthetic.tape import Tape
from simulator.synthetic.usdm_tape import UsdmTape

UPDATE_IDS_PER_MS = {Market.SPOT: 20, Market.USDM: 1_000}
"""Ids start at the instant times this, more than a market uses: a later start has higher ids."""


class SymbolMarket:
    """The market of one symbol.

    Args:
        rules: grid, starting price and weight.
        seed: of the whole market; each symbol draws from its own sequences.
        start_ms: epoch milliseconds of the beginning.
        first_trade_id: id of the first trade.
        pace: of the whole market.
        spot: the symbol's spot market, which a perpetual follows; None for a price of its own.
    """

    def __init__(
        self,
        rules: SymbolRules,
        seed: int,
        start_ms: int,
        first_trade_id: int,
        pace: Pace,
        spot: "SymbolMarket | None" = None,
    ) -> None:
        sequence = rules.symbol if rules.market is Market.SPOT else f"{rules.symbol}|usdm"
        takers = Random(f"{seed}|{sequence}")  # noqa: S311 - a market, not a secret
        quotes = Random(f"{seed}|{sequence}|makers")  # noqa: S311
        self.rules = rules
        self.ladder = Ladder(start_ms * UPDATE_IDS_PER_MS[rules.market])
        self._makers = Makers(rules, self.ladder, quotes)
        self._makers.fill(rules.price_e8 // rules.tick_e8)
        basis = None if spot is None else Basis(rules, spot.rules, spot.ladder, takers)
        self._flow = OrderFlow(
            rules, self.ladder, self._makers, takers, start_ms, first_trade_id, pace, basis
        )
        rate = MAKER_BURSTS_PER_SECOND * rules.weight
        self._bursts = (int(1000 * s) for s in arrivals(rate, start_ms / 1000, quotes, pace))
        self._burst_ms = next(self._bursts)
        self._boundary_ms = math.inf
        self._now_ms = start_ms
        self.tape = UsdmTape(rules) if rules.market is Market.USDM else Tape(rules.symbol)
        self.book_tape = BookTape(rules, self.ladder, start_ms)

    @property
    def next_ms(self) -> int:
        """The time of the next event; never goes back."""
        publish_ms = min(self._boundary_ms, self.tape.next_ms)
        return max(self._now_ms, int(min(publish_ms, self._flow.next_ms, self._burst_ms)))

    def step(self) -> Iterator[TakerOrder | Frame]:
        """Let the next event happen; yield its frames, and an order before its trades' frames."""
        self._now_ms = now_ms = self.next_ms
        if self._boundary_ms <= now_ms:
            yield from self.book_tape.on_boundary(int(self._boundary_ms))
        elif self.tape.next_ms <= now_ms:
            yield from self.tape.on_due(now_ms)
            return
        elif self._flow.next_ms <= now_ms:
            yield from self._trade(now_ms)
        else:
            self._makers.stir()
            self._burst_ms = next(self._bursts)
            yield from self.book_tape.on_change(now_ms)
        self._boundary_ms = self.book_tape.next_boundary_ms(now_ms)

    def _trade(self, now_ms: int) -> Iterator[TakerOrder | Frame]:
        trades = self._flow.match()
        yield from self.book_tape.on_change(now_ms)
        order = self._flow.settle(trades)
        yield order
        yield from self.tape.on_order(order)
        yield from self.book_tape.on_change(now_ms)
