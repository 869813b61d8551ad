"""The market makers: they fill a new book, keep it moving, and follow the market after an order.

Measured on spot BTCUSDT: a thousand levels reach about 240 USD, a tenth of a second changes some
25 levels and takes some 90 update ids, best sizes run from 0.003 to 9 BTC and the next levels are
often dust. In calm times the spread is one tick: makers leave the best prices where they are and
reset them after each order. The book is never crossed.
"""

import math
from random import Random

from simulator.binance.venues import Market
from simulator.engine.symbols import SymbolRules
from simulator.synthetic.ladder import Ladder, LadderSide

MAKER_BURSTS_PER_SECOND = 45.0
"""For BTCUSDT; multiplied by its weight for any other symbol."""
CHANGES_PER_BURST = 6.0
MOST_IDS_PER_CHANGE = {Market.SPOT: 6, Market.USDM: 600}
"""Orders that come and go within a level take ids too, and on USD-M so do other symbols."""

LEVEL_GAP_RELATIVE = 2.9e-6
"""Mean distance between two levels: 0.24 at 83,000; at least a tick."""
MOST_LEVELS, FEWEST_LEVELS = 5500, 200
"""Per side, for BTCUSDT and for a symbol that hardly trades."""

BEST_PROBABILITY = 0.3
DEPTH_TAIL = 0.6
RESIZE_PROBABILITY = 0.5
TOP_QUOTE, DEEP_QUOTE, DUST_QUOTE = 20_000.0, 5_000.0, 60.0
DUST_PROBABILITY = 0.5
SIZE_DEVIATION = 1.6
MOST_LEVELS_FILLED = 40
"""Most new levels behind a price that has moved away."""
SIGNS = (1, -1)


class Makers:
    """The market makers of one symbol.

    Args:
        rules: grid and weight.
        ladder: the book that they quote in.
        random: their own seeded source.
    """

    def __init__(self, rules: SymbolRules, ladder: Ladder, random: Random) -> None:
        self._rules = rules
        self._ladder = ladder
        self._random = random
        self._levels = max(FEWEST_LEVELS, int(MOST_LEVELS * min(1.0, rules.weight)))
        self._most_ids = MOST_IDS_PER_CHANGE[rules.market]
        self._gap = max(1, round(rules.price_e8 * LEVEL_GAP_RELATIVE / rules.tick_e8))
        price = rules.price_e8 / 1e8
        self._steps_per_quote = 1e8 / price / rules.step_e8

    def fill(self, bid_tick: int) -> None:
        """Quote a whole new book with a spread of one tick."""
        for sign, best_tick in ((1, bid_tick), (-1, bid_tick + 1)):
            side = self._ladder.side(sign)
            side.put(best_tick, self._top_size())
            self._extend(side, best_tick, self._levels)
        self._ladder.update_id += 1

    def _extend(self, side: LadderSide, tick: int, levels: int) -> None:
        for _ in range(levels - len(side)):
            tick = side.worse(tick, self._step())
            if tick < 1:
                return
            side.put(tick, self._deep_size())

    def stir(self) -> None:
        """Change some levels, near the best ones more often; the best prices stay."""
        random = self._random
        for _ in range(1 + int(random.expovariate(1 / CHANGES_PER_BURST))):
            side = self._ladder.side(random.choice(SIGNS))
            if random.random() < BEST_PROBABILITY:
                self._set(side, side.tick_at(0), self._top_size())
                continue
            index = min(int(random.paretovariate(DEPTH_TAIL)), len(side) - 1)
            self._change(side, index)

    def _change(self, side: LadderSide, index: int) -> None:
        tick = side.tick_at(index)
        if self._random.random() < RESIZE_PROBABILITY:
            size = self._deep_size() if index else self._top_size()
            self._set(side, tick, size)
        elif len(side) > self._levels and index:
            self._set(side, tick, 0)
        else:
            self._set(side, max(1, side.worse(tick, self._step())), self._deep_size())

    def follow(self, bid_tick: int) -> None:
        """Quote around a new best bid, one tick below the new best ask."""
        for sign, best_tick in ((1, bid_tick), (-1, bid_tick + 1)):
            side = self._ladder.side(sign)
            while len(side) and side.tick_at(0) * sign > best_tick * sign:
                self._set(side, side.tick_at(0), 0)
        for sign, best_tick in ((1, bid_tick), (-1, bid_tick + 1)):
            self._quote(self._ladder.side(sign), best_tick)

    def _quote(self, side: LadderSide, best_tick: int) -> None:
        """Set the best level, fill the gap behind it, and drop the farthest levels."""
        old_tick = side.tick_at(0) if len(side) else None
        if old_tick != best_tick:
            self._set(side, best_tick, self._top_size())
        if old_tick is not None:
            gap = (best_tick - old_tick) * side.sign
            step = max(self._gap, gap // MOST_LEVELS_FILLED)
            for distance in range(step, gap, step):
                self._set(side, side.worse(best_tick, distance), self._deep_size())
        while len(side) > self._levels * 1.05:
            self._set(side, side.worst_tick, 0)
        for _ in range(min(MOST_LEVELS_FILLED, int(self._levels * 0.95) - len(side))):
            self._set(side, max(1, side.worse(side.worst_tick, self._step())), self._deep_size())

    def _set(self, side: LadderSide, tick: int, size: int) -> None:
        ids = self._random.randint(1, self._most_ids)
        self._ladder.put(side.sign, tick, size, ids)

    def _step(self) -> int:
        return self._random.randint(1, 2 * self._gap - 1)

    def _top_size(self) -> int:
        return self._size(TOP_QUOTE)

    def _deep_size(self) -> int:
        is_dust = self._random.random() < DUST_PROBABILITY
        return self._size(DUST_QUOTE if is_dust else DEEP_QUOTE)

    def _size(self, median_quote: float) -> int:
        quote = self._random.lognormvariate(math.log(median_quote), SIZE_DEVIATION)
        return max(1, round(quote * self._steps_per_quote))
