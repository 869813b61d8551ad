"""Taker orders of one symbol: side, fills, prices and sizes at each arrival.

Sides persist; an order has about two fills, rarely a sweep of a hundred. Fills take what rests on
the book: the best level first, never more than it has, then the next one once it is empty.
Afterwards the best prices move with the taker more often than against. Sizes are log-normal in
quote value. An order of a perpetual also pulls its price towards spot's.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from simulator.binance.venues import Market
from simulator.engine.events import Trade
from simulator.engine.symbols import SymbolRules
from simulator.synthetic.arrivals import Pace, arrivals
from simulator.synthetic.ladder import Ladder, LadderSide
from simulator.synthetic.makers import Makers

TRADES_PER_SECOND = {Market.SPOT: 18.0, Market.USDM: 40.0}
"""Mean for BTCUSDT; multiplied by its weight for any other symbol."""
TRADES_PER_ORDER = 2.0
IDS_PER_FILL = {Market.SPOT: 1, Market.USDM: 130}
"""Update ids that a fill takes: USD-M also counts what other symbols do."""
SWEEP_PROBABILITY, SWEEP_MEAN = 0.002, 100.0
MORE_FILLS_PROBABILITY = 0.445
"""Chance of one more fill: a mean of 1.8, and 2.0 with the sweeps."""

SAME_SIDE_PROBABILITY = 0.65
WORSE_LEVEL_PROBABILITY = 0.15
"""Chance that a fill that is not the last takes all of its level."""
FOLLOW_PROBABILITY = 0.6
MOVE_PROBABILITY = 0.3
VOLATILITY_PER_ROOT_SECOND = 0.38e-4
"""Relative: 30 quote units in 90 s at a price of 83,000."""

MEDIAN_QUOTE, QUOTE_DEVIATION = 150.0, 1.9
"""Of a fill's value: a mean near 900 quote units with a long tail."""
LAG_MS = 3
"""The most by which the event time is later than the match time."""

PULL = 0.5
"""Share of the distance that one order closes."""
PREMIUM_DEVIATION = 2e-4
"""Standard deviation of the premium, relative to spot."""
PREMIUM_MEMORY_ORDERS = 2_000
"""Number of orders after which the premium has forgotten where it was."""


class Basis:
    """The price that one perpetual is pulled to: spot's, and a small wandering premium.

    In the real market this is arbitrage, here a number; the perpetual's own orders still move it.

    Args:
        rules: of the perpetual.
        spot_rules, spot: the same symbol on spot and its book.
        random: seeded source of its own.
    """

    def __init__(
        self, rules: SymbolRules, spot_rules: SymbolRules, spot: Ladder, random: Random
    ) -> None:
        self._ticks_per_spot_tick = spot_rules.tick_e8 / rules.tick_e8
        self._spot = spot
        self._random = random
        self._step = PREMIUM_DEVIATION * (2 / PREMIUM_MEMORY_ORDERS) ** 0.5
        self._premium = random.gauss(0, PREMIUM_DEVIATION)

    def pulled(self, bid_ticks: int) -> int:
        """Return a best bid that is nearer to spot plus the premium."""
        self._premium += self._random.gauss(-self._premium / PREMIUM_MEMORY_ORDERS, self._step)
        spot_tick, _ = self._spot.bids.best
        wanted = spot_tick * self._ticks_per_spot_tick * (1 + self._premium)
        # Random rounding, so that a distance below one tick is closed too.
        return int(bid_ticks + PULL * (wanted - bid_ticks) + self._random.random())


@dataclass(frozen=True, slots=True)
class TakerOrder:
    """One order that took liquidity, and the best prices after it.

    Attributes:
        event_time_ms: when its trades are published.
        trades: its fills, with consecutive ids and one match time.
        bid_e8, ask_e8, bid_quantity_e8, ask_quantity_e8: the top of the book after it.
    """

    event_time_ms: int
    trades: tuple[Trade, ...]
    bid_e8: int
    ask_e8: int
    bid_quantity_e8: int
    ask_quantity_e8: int


class OrderFlow:
    """The orders of one symbol.

    Args:
        rules: price grid, starting price and weight of the symbol.
        ladder: the book that the orders take from.
        makers: they follow the price path.
        random: seeded source of the orders.
        start_ms: epoch milliseconds of the beginning.
        first_trade_id: id of the first trade.
        pace: of the market.
        basis: keeps a perpetual near spot; None for a price of its own.

    Attributes:
        next_ms: event time of the next order.
    """

    def __init__(
        self,
        rules: SymbolRules,
        ladder: Ladder,
        makers: Makers,
        random: Random,
        start_ms: int,
        first_trade_id: int,
        pace: Pace,
        basis: Basis | None = None,
    ) -> None:
        self._rules = rules
        self._ladder = ladder
        self._makers = makers
        self._random = random
        self._basis = basis
        self._next_id = first_trade_id
        self._bid_ticks = rules.price_e8 // rules.tick_e8
        self._buys = True
        self._orders_per_s = TRADES_PER_SECOND[rules.market] * rules.weight / TRADES_PER_ORDER
        self._arrivals = arrivals(self._orders_per_s, start_ms / 1000, random, pace)
        self._matched_ms = self.next_ms = start_ms
        self._arrive()

    def _arrive(self) -> None:
        # One order per millisecond: fills with the same match time belong to one order.
        self._matched_ms = max(self._matched_ms + 1, int(next(self._arrivals) * 1000))
        lag_ms = self._random.randint(0, LAG_MS)
        self.next_ms = max(self.next_ms, self._matched_ms + lag_ms)

    def match(self) -> tuple[Trade, ...]:
        """Let the next order take its fills from the book; return them."""
        self._buys = self._buys == (self._random.random() < SAME_SIDE_PROBABILITY)
        return tuple(self._fills(self._matched_ms, self._fill_count()))

    def settle(self, trades: tuple[Trade, ...]) -> TakerOrder:
        """Let the makers follow the order with these fills; return the order."""
        self._move(trades[-1])
        self._makers.follow(self._bid_ticks)
        (bid, bid_size), (ask, ask_size) = self._ladder.best
        tick_e8, step_e8 = self._rules.tick_e8, self._rules.step_e8
        order = TakerOrder(
            self.next_ms,
            trades,
            bid * tick_e8,
            ask * tick_e8,
            bid_size * step_e8,
            ask_size * step_e8,
        )
        self._arrive()
        return order

    def _fill_count(self) -> int:
        if self._random.random() < SWEEP_PROBABILITY:
            return 1 + int(self._random.expovariate(1 / SWEEP_MEAN))
        count = 1
        while self._random.random() < MORE_FILLS_PROBABILITY:
            count += 1
        return count

    def _fills(self, time_ms: int, count: int) -> Iterator[Trade]:
        rules, side = self._rules, self._ladder.side(-1 if self._buys else 1)
        for number in range(count):
            tick, size = side.best
            taken = self._taken(side, size, is_last=number == count - 1)
            if not taken:
                return
            self._ladder.put(side.sign, tick, size - taken, IDS_PER_FILL[rules.market])
            price_e8, quantity_e8 = tick * rules.tick_e8, taken * rules.step_e8
            trade_id, self._next_id = self._next_id, self._next_id + 1
            yield Trade(rules.symbol, trade_id, price_e8, quantity_e8, time_ms, not self._buys)

    def _taken(self, side: LadderSide, size: int, *, is_last: bool) -> int:
        """Return the steps that a fill takes from the best level; a last level is never emptied."""
        steps = self._steps()
        if not is_last and self._random.random() < WORSE_LEVEL_PROBABILITY:
            steps = size
        return min(steps, size if len(side) > 1 else size - 1)

    def _steps(self) -> int:
        quote = self._random.lognormvariate(math.log(MEDIAN_QUOTE), QUOTE_DEVIATION)
        price = self._bid_ticks * self._rules.tick_e8 / 1e8
        return max(1, round(quote / price * 1e8 / self._rules.step_e8))

    def _move(self, last: Trade) -> None:
        """Set the best bid after an order: at its last fill, then a step of the price path."""
        last_ticks = last.price_e8 // self._rules.tick_e8
        self._bid_ticks = last_ticks - 1 if self._buys else last_ticks
        if self._random.random() < MOVE_PROBABILITY:
            deviation = VOLATILITY_PER_ROOT_SECOND / math.sqrt(self._orders_per_s)
            scale = deviation * self._bid_ticks / math.sqrt(2 * MOVE_PROBABILITY)
            # Random rounding, so that moves below one tick keep their mean.
            size = int(self._random.expovariate(1 / scale) + self._random.random())
            follows = self._random.random() < FOLLOW_PROBABILITY
            self._bid_ticks += size if self._buys == follows else -size
        if self._basis is not None:
            self._bid_ticks = self._basis.pulled(self._bid_ticks)
        self._bid_ticks = max(2, self._bid_ticks)
