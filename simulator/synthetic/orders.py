"""Taker orders of one symbol: side, fills, prices and sizes at each arrival.

Sides persist; an order has about two fills, rarely a sweep of a hundred; fills may walk to
worse levels; afterwards the best prices move with the taker more often than against. The spread
is one tick. Sizes are log-normal in quote value.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from simulator.events import Trade
from simulator.symbols import SymbolRules
from simulator.synthetic.arrivals import arrivals

TRADES_PER_SECOND = 18.0
"""Mean of BTCUSDT; other symbols times their weight."""
TRADES_PER_ORDER = 2.0
SWEEP_PROBABILITY, SWEEP_MEAN = 0.002, 100.0
MORE_FILLS_PROBABILITY = 0.445
"""Chance of one more fill: a mean of 1.8, so that with the sweeps it is 2.0."""

SAME_SIDE_PROBABILITY = 0.65
WORSE_LEVEL_PROBABILITY = 0.15
FOLLOW_PROBABILITY = 0.6
MOVE_PROBABILITY = 0.3
VOLATILITY_PER_ROOT_SECOND = 0.38e-4
"""Relative: 30 quote units in 90 s at a price of 83,000."""

MEDIAN_QUOTE, QUOTE_DEVIATION = 150.0, 1.9
"""Of a fill's value: a mean near 900 quote units with a long tail."""
TOP_QUOTE = 20_000.0
LAG_MS = 3
"""The most that the event time follows the match time."""


@dataclass(frozen=True, slots=True)
class TakerOrder:
    """One order that took liquidity, and the best prices that it left.

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
        seed: of the whole market; each symbol draws from its own sequence.
        start_ms: epoch milliseconds of the beginning.
        first_trade_id: id of the first trade.
    """

    def __init__(self, rules: SymbolRules, seed: int, start_ms: int, first_trade_id: int) -> None:
        self._rules = rules
        self._random = Random(f"{seed}|{rules.symbol}")  # noqa: S311 - a market, not a secret
        self._start_ms = start_ms
        self._next_id = first_trade_id
        self._bid_ticks = rules.price_e8 // rules.tick_e8
        self._buys = True
        self._orders_per_s = TRADES_PER_SECOND * rules.weight / TRADES_PER_ORDER
        self._matched_ms = self._published_ms = start_ms

    def __iter__(self) -> Iterator[TakerOrder]:
        """Yield the orders by event time, for ever."""
        for time_s in arrivals(self._orders_per_s, self._start_ms / 1000, self._random):
            # One order a millisecond: fills with one match time are one order's.
            self._matched_ms = max(self._matched_ms + 1, int(time_s * 1000))
            yield self._order(self._matched_ms)

    def _order(self, time_ms: int) -> TakerOrder:
        random = self._random
        self._buys = self._buys == (random.random() < SAME_SIDE_PROBABILITY)
        trades = tuple(self._fills(time_ms, self._fill_count()))
        self._move(trades[-1])
        self._published_ms = max(self._published_ms, time_ms + random.randint(0, LAG_MS))
        return TakerOrder(
            self._published_ms,
            trades,
            self._bid_ticks * self._rules.tick_e8,
            (self._bid_ticks + 1) * self._rules.tick_e8,
            self._quantity_e8(TOP_QUOTE),
            self._quantity_e8(TOP_QUOTE),
        )

    def _fill_count(self) -> int:
        if self._random.random() < SWEEP_PROBABILITY:
            return 1 + int(self._random.expovariate(1 / SWEEP_MEAN))
        count = 1
        while self._random.random() < MORE_FILLS_PROBABILITY:
            count += 1
        return count

    def _fills(self, time_ms: int, count: int) -> Iterator[Trade]:
        rules = self._rules
        ticks = self._bid_ticks + 1 if self._buys else self._bid_ticks
        for number in range(count):
            if number and self._random.random() < WORSE_LEVEL_PROBABILITY:
                ticks = self._worse(ticks)
            price_e8 = ticks * rules.tick_e8
            quantity_e8 = self._quantity_e8(MEDIAN_QUOTE)
            trade_id, self._next_id = self._next_id, self._next_id + 1
            yield Trade(rules.symbol, trade_id, price_e8, quantity_e8, time_ms, not self._buys)

    def _worse(self, ticks: int) -> int:
        return ticks + 1 if self._buys else max(2, ticks - 1)

    def _quantity_e8(self, median_quote: float) -> int:
        quote = self._random.lognormvariate(math.log(median_quote), QUOTE_DEVIATION)
        price = self._bid_ticks * self._rules.tick_e8 / 1e8
        steps = round(quote / price * 1e8 / self._rules.step_e8)
        return max(1, steps) * self._rules.step_e8

    def _move(self, last: Trade) -> None:
        """Set the best bid after an order: at its last fill, then a step of the price path."""
        last_ticks = last.price_e8 // self._rules.tick_e8
        self._bid_ticks = last_ticks - 1 if self._buys else last_ticks
        if self._random.random() < MOVE_PROBABILITY:
            deviation = VOLATILITY_PER_ROOT_SECOND / math.sqrt(self._orders_per_s)
            scale = deviation * self._bid_ticks / math.sqrt(2 * MOVE_PROBABILITY)
            # Rounded at random, so that moves below one tick keep their mean.
            size = int(self._random.expovariate(1 / scale) + self._random.random())
            follows = self._random.random() < FOLLOW_PROBABILITY
            self._bid_ticks += size if self._buys == follows else -size
        self._bid_ticks = max(2, self._bid_ticks)
