"""The exchange of the model: what was traded, what the books were, what was published, and when.

It is the truth. Nothing here is random: a symbol trades at its own rhythm, and the rhythm, the
publish lag and what else happens to the exchange are chosen by the machine.

Times: a trade or change is made at `T` and published at `E >= T`; the lag is chosen for each market
and may differ a little between its symbols. What a stream publishes stays in order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

import msgspec

from tests.property.composition.true_book import TrueBook

START_MS = 1_700_000_028_000
"""The machine begins twelve seconds before the end of a minute, so that minutes close early."""

SPOT, USDM = "binance-spot", "binance-usdm"
encode = msgspec.json.encode

SOON = 100


class TrueTrade(NamedTuple):
    """One trade as it was made; ids may begin anew, times do not."""

    trade_id: int
    time_ms: int
    price: str
    quantity: str
    buyer_is_maker: bool

    def frame(self, symbol: str, publish_ms: int, unit: int = 1, **other: object) -> bytes:
        """Return its frame; `unit` 1000 gives microseconds, `other` replaces keys."""
        data = {
            "e": "trade",
            "E": publish_ms * unit,
            "s": symbol,
            "t": self.trade_id,
            "p": self.price,
            "q": self.quantity,
            "T": self.time_ms * unit,
            "m": self.buyer_is_maker,
        }
        return encode({"stream": f"{symbol.lower()}@trade", "data": data | other})


class Published(NamedTuple):
    """One thing that the exchange publishes to whoever is subscribed."""

    publish_ms: int
    market: str
    stream: str
    symbol: str
    made: object

    def frame(self, unit: int = 1, **other: object) -> bytes:
        """Return it as a frame, in the unit and with the keys that a fault makes of it."""
        return self.made.frame(self.symbol, self.publish_ms, unit, **other)  # type: ignore[attr-defined]


@dataclass(slots=True)
class Rhythm:
    """When something happens to a symbol; silent without an interval."""

    due_ms: int
    interval_ms: int | None

    def until(self, now_ms: int) -> Iterator[int]:
        """Give the instants that are due."""
        if self.interval_ms is None:
            self.due_ms = max(self.due_ms, now_ms + 1)
        while self.interval_ms is not None and self.due_ms <= now_ms:
            yield self.due_ms
            self.due_ms += self.interval_ms


@dataclass(slots=True)
class Tape:
    """All trades of one spot symbol."""

    symbol: str
    rhythm: Rhythm
    trades: list[TrueTrade] = field(default_factory=list)
    published: list[int] = field(default_factory=list)
    """Publish time of each trade."""
    next_id: int = 1_000
    era_begin: int = 0
    """Index of the first trade since ids began anew."""
    is_listed: bool = True
    is_soon_passed: bool = False
    """Whether ids began anew a little below the old ones."""

    def make(self, time_ms: int, publish_ms: int) -> TrueTrade:
        """Make a trade; price and size follow from how many there were."""
        number = len(self.trades)
        price, size = 100 + number % 7, 1 + number % 5
        trade = TrueTrade(
            self.next_id, time_ms, f"{price}.00000000", f"{size}.00000000", number % 3 == 0
        )
        self.next_id += 1
        self.trades.append(trade)
        self.published.append(publish_ms)
        return trade

    def begin_anew(self, first_id: int) -> None:
        """Number the next trade from the beginning; what was is not in the history any more."""
        self.is_soon_passed = self.next_id - first_id < SOON
        self.next_id, self.era_begin = first_id, len(self.trades)

    def history(self, seen_until_ms: int) -> list[TrueTrade]:
        """Return what REST can tell, in id order."""
        known = self.trades[self.era_begin :]
        while known and known[-1].time_ms > seen_until_ms:
            known.pop()
        return known


class Exchange:
    """The truth about all markets.

    Args:
        traded: spot symbols whose trades are followed.
        books: symbols whose books are followed, by market.
    """

    def __init__(self, traded: list[str], books: Mapping[str, list[str]]) -> None:
        self.now_ms = START_MS
        self.lag_ms = {SPOT: 3, USDM: 8}
        self.most_lag_ms: dict[str, int] = {}
        """What the lag of a market's books may be at most now; see `World`."""
        self.tapes = {
            symbol: Tape(symbol, Rhythm(START_MS + 20 + 61 * number, 300))
            for number, symbol in enumerate(traded)
        }
        self.books = {
            (market, symbol): TrueBook(market, symbol, Rhythm(START_MS + 50 + 43 * number, 400))
            for market, symbols in books.items()
            for number, symbol in enumerate(symbols)
        }
        self._outbox: list[tuple[int, int, Published]] = []
        self._order = count()
        self._last_publish: dict[tuple[str, str, str], int] = {}

    def advance(self, now_ms: int) -> list[Published]:
        """Let everything happen until an instant; return what is published, in its order."""
        self.now_ms = now_ms
        for tape in self.tapes.values():
            if tape.is_listed:
                for time_ms in tape.rhythm.until(now_ms):
                    self.trade(tape.symbol, time_ms)
        for (market, symbol), book in self.books.items():
            for time_ms in book.rhythm.until(now_ms):
                self._change(market, symbol, book, time_ms)
        published = []
        while self._outbox and self._outbox[0][0] <= now_ms:
            published.append(heappop(self._outbox)[2])
        return published

    def heal(self) -> None:
        """Publish at once again; what is published already stays in order."""
        self.lag_ms = {SPOT: 3, USDM: 8}

    def trade(self, symbol: str, time_ms: int) -> Published:
        """Make a trade, and with every fourth one another of the same millisecond."""
        tape = self.tapes[symbol]
        for _ in range(2 if tape.next_id % 4 == 0 else 1):
            publish_ms = self._publish_ms(SPOT, "trade", symbol, time_ms)
            made = tape.make(time_ms, publish_ms)
            published = Published(publish_ms, SPOT, "trade", symbol, made)
            self._publish(published)
        return published

    def _change(self, market: str, symbol: str, book: TrueBook, time_ms: int) -> None:
        publish_ms = self._publish_ms(market, "depth", symbol, time_ms)
        ticker, diff = book.change(time_ms, publish_ms)
        # Best bid and ask come first, and both are of the same update.
        self._publish(Published(publish_ms, market, "ticker", symbol, ticker))
        self._publish(Published(publish_ms, market, "depth", symbol, diff))

    def _publish_ms(self, market: str, stream: str, symbol: str, time_ms: int) -> int:
        key = market, stream, symbol
        lag_ms = self.lag_ms[market]
        if stream == "depth":
            lag_ms = min(lag_ms, self.most_lag_ms.get(market, lag_ms))
        publish_ms = max(time_ms + lag_ms, self._last_publish.get(key, 0) + 1)
        self._last_publish[key] = publish_ms
        return publish_ms

    def _publish(self, published: Published) -> None:
        heappush(self._outbox, (published.publish_ms, next(self._order), published))
