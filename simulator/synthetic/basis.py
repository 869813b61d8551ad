"""What keeps a perpetual's price near spot's: a small wandering premium, and a pull towards it.

In the real market this is arbitrage, here a number; the perpetual's own orders still move it.
"""

from random import Random

from simulator.engine.symbols import SymbolRules
from simulator.synthetic.ladder import Ladder

PULL = 0.5
"""Share of the distance that one order closes."""
PREMIUM_DEVIATION = 2e-4
"""Standard deviation of the premium, relative to spot."""
PREMIUM_MEMORY_ORDERS = 2_000
"""Number of orders after which the premium has forgotten where it was."""


class Basis:
    """The price that one perpetual is pulled to.

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
