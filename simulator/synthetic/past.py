"""The trades of a synthetic spot market before its start, which only REST shows.

Simpler than the market itself, whose trades come from a book: arrivals and sizes are alike, the
price is a random walk that ends where the market begins, and ids end where its ids begin.
"""

import math
from collections.abc import Iterator
from random import Random

from simulator.binance.venues import Market
from simulator.engine.events import Trade
from simulator.engine.symbols import SymbolRules
from simulator.synthetic.arrivals import arrivals
from simulator.synthetic.orders import (
    MEDIAN_QUOTE,
    QUOTE_DEVIATION,
    SAME_SIDE_PROBABILITY,
    TRADES_PER_SECOND,
    VOLATILITY_PER_ROOT_SECOND,
)

HOUR_MS = 3_600_000


def past_trades(
    rules: SymbolRules, seed: int, start_ms: int, next_id: int, hours: float
) -> Iterator[Trade]:
    """Yield the trades of the hours before a market's start, oldest first.

    Args:
        rules: of the symbol.
        seed: of the whole market.
        start_ms: epoch milliseconds of the market's first instant.
        next_id: id of the market's first trade.
        hours: how far back.
    """
    random = Random(f"{seed}|{rules.symbol}|past")  # noqa: S311 - a market, not a secret
    times_ms = list(_times_ms(rules, start_ms, hours, random))
    ticks = _walk(len(times_ms), rules, random)
    buys, first_id = True, next_id - len(times_ms)
    for number, (time_ms, tick) in enumerate(zip(times_ms, ticks, strict=True)):
        buys = buys == (random.random() < SAME_SIDE_PROBABILITY)
        price_e8 = tick * rules.tick_e8
        quote_e8 = 1e8 * random.lognormvariate(math.log(MEDIAN_QUOTE), QUOTE_DEVIATION)
        steps = max(1, round(quote_e8 / price_e8 * 1e8 / rules.step_e8))
        yield Trade(
            rules.symbol, first_id + number, price_e8, steps * rules.step_e8, time_ms, not buys
        )


def _times_ms(rules: SymbolRules, start_ms: int, hours: float, random: Random) -> Iterator[int]:
    rate = TRADES_PER_SECOND[Market.SPOT] * rules.weight
    for time_s in arrivals(rate, (start_ms - hours * HOUR_MS) / 1_000, random):
        time_ms = int(time_s * 1_000)
        if time_ms >= start_ms:
            return
        yield time_ms


def _walk(count: int, rules: SymbolRules, random: Random) -> list[int]:
    """Return prices in ticks that end at the starting price of the rules."""
    last = rules.price_e8 // rules.tick_e8
    rate = TRADES_PER_SECOND[Market.SPOT] * rules.weight
    deviation = last * VOLATILITY_PER_ROOT_SECOND / math.sqrt(rate)
    ticks = [last] * count
    price = float(last)
    for place in range(count - 2, -1, -1):
        price += random.gauss(0, deviation)
        ticks[place] = max(2, round(price))
    return ticks
