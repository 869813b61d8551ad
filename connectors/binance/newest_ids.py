"""The exchange's newest trade id of many symbols, asked for in few requests.

No I/O: the caller passes the request in. The exchange refuses a whole list of symbols because of
one that it does not list any more, so a refused list is asked for again in halves until the symbol
is found; the others are answered.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from connectors.binance.rest_client import RequestRefusedError, checked
from connectors.feeds.venue import RestError
from market.dictionary.fields import MAX_ID
from market.trades.backfills import NewestIds

CHUNK_SYMBOLS = 20
"""Up to so many symbols cost the weight of one, which is 2."""

MANY_SYMBOLS = 800
"""From more symbols on, the weight of one request for all, which is 80, is less than that of the
chunks."""

BAD_SYMBOL = -1121

MAX_REFUSALS = 2
"""Single symbols that may be refused for another reason than being gone; then the refusal is taken
to be meant for all, and nothing more is asked."""

AskTickers = Callable[[Sequence[str]], Sequence[object]]
"""Returns the rows of `ticker/24hr` for some symbols, of all when none is named."""


class _Ticker(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    last_id: Annotated[int, msgspec.Meta(ge=-1, le=MAX_ID)]


def find_newest_ids(symbols: Sequence[str], ask: AskTickers) -> NewestIds:
    """Return the newest trade id of each symbol, without a time.

    Args:
        symbols: upper case.
        ask: makes one request; may raise `RestError`.
    """
    search = _Search(ask, frozenset(symbols))
    if len(symbols) > MANY_SYMBOLS:
        search.take_all()
    else:
        for first in range(0, len(symbols), CHUNK_SYMBOLS):
            search.take(symbols[first : first + CHUNK_SYMBOLS])
    return NewestIds(0, search.ids, "; ".join(search.failures))


@dataclass(slots=True)
class _Search:
    """What was found so far."""

    ask: AskTickers
    wanted: frozenset[str]
    ids: dict[str, int | None] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    refusals: int = 0

    def take_all(self) -> None:
        try:
            self._note(self.ask(()))
        except RestError as error:
            self.failures.append(str(error))

    def take(self, symbols: Sequence[str]) -> None:
        if self.refusals >= MAX_REFUSALS:
            return
        try:
            self._note(self.ask(symbols))
        except RequestRefusedError as error:
            self._split(symbols, error)
        except RestError as error:
            self.refusals = MAX_REFUSALS
            self.failures.append(str(error))

    def _split(self, symbols: Sequence[str], error: RequestRefusedError) -> None:
        if len(symbols) > 1:
            middle = len(symbols) // 2
            self.take(symbols[:middle])
            self.take(symbols[middle:])
        elif error.code != BAD_SYMBOL:
            self.refusals += 1
            self.failures.append(str(error))

    def _note(self, rows: Iterable[object]) -> None:
        for row in rows:
            try:
                ticker = checked(row, _Ticker)
            except msgspec.ValidationError as error:
                self.failures.append(f"REST ticker/24hr: {error}")
                continue
            if ticker.symbol in self.wanted:
                self.ids[ticker.symbol] = ticker.last_id if ticker.last_id >= 0 else None
