"""One synthetic symbol in time: orders and makers change one book, frames tell about it.

Theory of operation. Three things wait for their time: the next order, the next burst of the
makers, and the next boundary of the 100 ms grid if the book has changed since the last one. At a
boundary everything before it is known, so it comes first. An order takes its fills off the book
(first `bookTicker`), then the makers follow (second `bookTicker`). Nothing is due while nothing
changes: a quiet symbol costs nothing.
"""

import math
from collections.abc import Iterator
from random import Random

from simulator.events import Frame
from simulator.symbols import SymbolRules
from simulator.synthetic.arrivals import arrivals
from simulator.synthetic.book_tape import BOUNDARY_MS, BookTape
from simulator.synthetic.ladder import Ladder
from simulator.synthetic.makers import MAKER_BURSTS_PER_SECOND, Makers
from simulator.synthetic.orders import OrderFlow, TakerOrder
from simulator.synthetic.tape import Tape

UPDATE_IDS_PER_MS = 20
"""Ids start at the instant times this, more than a market takes: one started later goes on."""


class SymbolMarket:
    """The market of one symbol.

    Args:
        rules: grid, starting price and weight.
        seed: of the whole market; each symbol draws from its own sequences.
        start_ms: epoch milliseconds of the beginning.
        first_trade_id: id of the first trade.
    """

    def __init__(self, rules: SymbolRules, seed: int, start_ms: int, first_trade_id: int) -> None:
        takers = Random(f"{seed}|{rules.symbol}")  # noqa: S311 - a market, not a secret
        quotes = Random(f"{seed}|{rules.symbol}|makers")  # noqa: S311
        self.ladder = Ladder(start_ms * UPDATE_IDS_PER_MS)
        self._makers = Makers(rules, self.ladder, quotes)
        self._makers.fill(rules.price_e8 // rules.tick_e8)
        self._flow = OrderFlow(rules, self.ladder, self._makers, takers, start_ms, first_trade_id)
        rate = MAKER_BURSTS_PER_SECOND * rules.weight
        self._bursts = (int(1000 * s) for s in arrivals(rate, start_ms / 1000, quotes))
        self._burst_ms = next(self._bursts)
        self._boundary_ms = math.inf
        self._now_ms = start_ms
        self.tape = Tape(rules.symbol)
        self.book_tape = BookTape(rules, self.ladder)

    @property
    def next_ms(self) -> int:
        """When something happens next; never goes back."""
        due_ms = min(self._boundary_ms, self._flow.next_ms, self._burst_ms)
        return max(self._now_ms, int(due_ms))

    def step(self) -> Iterator[TakerOrder | Frame]:
        """Let the next thing happen; yield an order once its trades have been told of."""
        self._now_ms = now_ms = self.next_ms
        if self._boundary_ms <= now_ms:
            yield from self.book_tape.on_boundary(int(self._boundary_ms))
            self._expect_boundary(now_ms, is_pending=self.book_tape.is_pending)
            return
        if self._flow.next_ms <= now_ms:
            trades = self._flow.match()
            yield from self.book_tape.on_change(now_ms)
            order = self._flow.settle(trades)
            yield order
            yield from self.tape.on_order(order)
        else:
            self._makers.stir()
            self._burst_ms = next(self._bursts)
        yield from self.book_tape.on_change(now_ms)
        self._expect_boundary(now_ms, is_pending=True)

    def _expect_boundary(self, now_ms: int, *, is_pending: bool) -> None:
        next_ms = now_ms - now_ms % BOUNDARY_MS + BOUNDARY_MS
        self._boundary_ms = next_ms if is_pending else math.inf
