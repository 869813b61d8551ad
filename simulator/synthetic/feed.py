"""The synthetic market as a feed: all symbols' orders in time, and the seconds between them.

Spot and USD-M share one time line, so that a perpetual sees the spot price of the same instant.
"""

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from simulator.binance.venues import Market, address_of
from simulator.engine.events import Frame, Trade
from simulator.engine.symbols import SymbolRules, perpetual_rules, symbol_rules
from simulator.synthetic.arrivals import Pace
from simulator.synthetic.book_tape import book_suffixes
from simulator.synthetic.orders import LAG_MS, TakerOrder
from simulator.synthetic.past import past_trades
from simulator.synthetic.symbol_market import SymbolMarket
from simulator.synthetic.tape import SUFFIXES
from simulator.synthetic.usdm_tape import USDM_SUFFIXES

RULES = {Market.SPOT: symbol_rules, Market.USDM: perpetual_rules}
TRADE_SUFFIXES = {Market.SPOT: SUFFIXES, Market.USDM: USDM_SUFFIXES}
"""What each market lists, and its streams besides those of the book."""

SECOND_MS = 1_000
TICK_LAG_MS = LAG_MS + 10
"""Klines and tickers of a second follow its end by this much, when all its trades are known."""
PLACES_BY_WEIGHT = 10
"""The first symbols keep their own weight; later ones weigh less."""
LEAST_WEIGHT = 0.0005
"""Least weight of a later symbol: a trade every two minutes."""
TRADE_ID_RATE = 10
"""Ids start at `start_ms` divided by this: a market that starts later has higher ids."""


class SyntheticFeed:
    """An endless market of several symbols.

    Args:
        symbols: upper case, busiest first; each has its own random sequences.
        seed: the same seed, symbols and start give the same frames.
        start_ms: epoch milliseconds of the first instant.
        markets: the ones to serve; a perpetual follows its spot market if that is served too.
        activity: multiplies the usual rates of orders, as on a busier day.

    Attributes:
        pace: changes the rates while the market runs; frames are not reproducible then.

    Raises:
        SimulatorError: a symbol is malformed.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        seed: int,
        start_ms: int,
        markets: Collection[Market] = (Market.SPOT,),
        activity: float = 1.0,
    ) -> None:
        names = dict.fromkeys(symbols)
        # In the order of Market: spot must exist before its perpetuals are built.
        self._rules = tuple(
            _weighted(RULES[market](name), rank, activity)
            for market in Market
            if market in markets
            for rank, name in enumerate(names, start=1)
        )
        self.pace = Pace()
        self._seed = seed
        self._start_ms = start_ms
        self._streams = frozenset(
            address_of(rule.market, f"{rule.symbol.lower()}@{suffix}")
            for rule in self._rules
            for suffix in (*TRADE_SUFFIXES[rule.market], *book_suffixes(rule.market))
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
        """The address of every stream of every symbol."""
        return self._streams

    def past(self, hours: float) -> Iterator[Trade]:
        """Yield the spot trades of the hours before the first instant, symbol by symbol."""
        for rule in self._rules:
            if rule.market is Market.SPOT:
                first_id = self._start_ms // TRADE_ID_RATE
                yield from past_trades(rule, self._seed, self._start_ms, first_id, hours)

    def orders(self) -> Iterator[TakerOrder]:
        """Yield the taker orders of all symbols by event time, for ever."""
        happenings = self._happenings(self._markets())
        return (each for each in happenings if isinstance(each, TakerOrder))

    def frames(self) -> Iterator[Frame]:
        """Yield the frames by due time, for ever; first each book, from which REST starts."""
        markets = self._markets()
        for market in markets:
            yield market.book_tape.snapshot(self._start_ms)
        second_ms = self._start_ms - self._start_ms % SECOND_MS + SECOND_MS
        for happening in self._happenings(markets):
            if isinstance(happening, TakerOrder):
                continue
            while happening.due_ms > second_ms + TICK_LAG_MS:
                for market in markets:
                    yield from market.tape.on_second(second_ms, second_ms + TICK_LAG_MS)
                second_ms += SECOND_MS
            yield happening

    def _markets(self) -> list[SymbolMarket]:
        first_id = self._start_ms // TRADE_ID_RATE
        leaders: dict[str, SymbolMarket] = {}
        markets: list[SymbolMarket] = []
        for rule in self._rules:
            leader = leaders.get(rule.symbol)
            market = SymbolMarket(rule, self._seed, self._start_ms, first_id, self.pace, leader)
            leaders[rule.symbol] = market
            markets.append(market)
        return markets

    def _happenings(self, markets: list[SymbolMarket]) -> Iterator[TakerOrder | Frame]:
        waiting = [(market.next_ms, number) for number, market in enumerate(markets)]
        heapq.heapify(waiting)
        while waiting:
            _, number = waiting[0]
            yield from markets[number].step()
            heapq.heapreplace(waiting, (markets[number].next_ms, number))


def _weighted(rules: SymbolRules, rank: int, activity: float) -> SymbolRules:
    """Return rules with less weight for a later symbol: many symbols trade by Zipf's law."""
    weight = rules.weight
    if rank > PLACES_BY_WEIGHT:
        weight = min(weight, max(LEAST_WEIGHT, 1 / rank))
    return replace(rules, weight=weight * activity)
