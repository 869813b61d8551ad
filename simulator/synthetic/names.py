"""Names for markets of many symbols: the well-known pairs first, then made-up ones."""

from itertools import islice, product
from string import ascii_uppercase

from simulator.engine.symbols import WELL_KNOWN

MOST_SYMBOLS = 5_000
"""More than the exchange lists; every one costs memory and start-up time."""


def made_up_symbols(count: int) -> tuple[str, ...]:
    """Return a number of symbols, ``BTCUSDT`` first; at most `MOST_SYMBOLS`."""
    letters = product(ascii_uppercase, repeat=3)
    invented = (f"X{''.join(three)}USDT" for three in letters)
    wanted = min(count, MOST_SYMBOLS)
    return (*WELL_KNOWN, *islice(invented, max(0, wanted - len(WELL_KNOWN))))[:wanted]
