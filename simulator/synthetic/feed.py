"""The synthetic market as a feed: all symbols' orders in time, and the seconds between them."""

import heapq
from collections.abc import Iterator, Sequence

from simulator.events import Frame
from simulator.symbols import SymbolRules, symbol_rules
from simulator.synthetic.orders import LAG_MS, OrderFlow, TakerOrder
from simulator.synthetic.tape import SUFFIXES, Tape

SECOND_MS = 1_000
TICK_LAG_MS = LAG_MS + 10
"""Klines and tickers of a second follow its end by this much, when all its trades are known."""
TRADE_ID_RATE = 10
"""Ids start at `start_ms` over this: a market that is started later has higher ids."""


class SyntheticFeed:
    """An endless market of several symbols.

    Args:
        symbols: upper case; each has its own random sequence.
        seed: the same seed, symbols and start give the same frames.
        start_ms: epoch milliseconds of the first instant.

    Raises:
        SimulatorError: a symbol has an unknown form.
    """

    def __init__(self, symbols: Sequence[str], seed: int, start_ms: int) -> None:
        self._rules = tuple(symbol_rules(symbol) for symbol in dict.fromkeys(symbols))
        self._seed = seed
        self._start_ms = start_ms
        self._streams = frozenset(
            f"{rule.symbol.lower()}@{suffix}" for rule in self._rules for suffix in SUFFIXES
        )

    @property
    def rules(self) -> tuple[SymbolRules, ...]:
        """The listed symbols."""
        return self._rules

    @property
    def start_ms(self) -> int:
        """The first instant."""
        return self._start_ms

    @property
    def frames_total(self) -> int | None:
        """None: the market does not end."""
        return None

    @property
    def streams(self) -> frozenset[str]:
        """Every stream of every symbol."""
        return self._streams

    def orders(self) -> Iterator[TakerOrder]:
        """Yield the taker orders of all symbols by event time, for ever."""
        first_id = self._start_ms // TRADE_ID_RATE
        flows = (OrderFlow(rule, self._seed, self._start_ms, first_id) for rule in self._rules)
        return heapq.merge(*flows, key=lambda order: order.event_time_ms)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames by due time, for ever."""
        tapes = {rule.symbol: Tape(rule.symbol) for rule in self._rules}
        second_ms = self._start_ms - self._start_ms % SECOND_MS + SECOND_MS
        for order in self.orders():
            while order.event_time_ms > second_ms + TICK_LAG_MS:
                for tape in tapes.values():
                    yield from tape.on_second(second_ms, second_ms + TICK_LAG_MS)
                second_ms += SECOND_MS
            yield from tapes[order.trades[0].symbol].on_order(order)
