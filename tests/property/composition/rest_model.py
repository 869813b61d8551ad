"""The REST interface of the model: what it answers, how late, and what it refuses.

A request is *served* at one instant, from what the exchange had made by then, and *answered* at a
later one. Which trouble it is in is chosen by the machine; `heal` ends all of it, except that a
symbol which is not listed any more stays unknown and a poisoned row stays as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from connectors.binance.history_page import read_page
from connectors.binance.newest_ids import BAD_SYMBOL
from connectors.binance.rest import MARKET, PAGE_TRADES
from connectors.binance.rest_client import RequestRefusedError
from connectors.feeds.venue import HistoryPage, RestError
from tests.property.composition.exchange import Exchange

USUAL_MS = 40


class Trouble(StrEnum):
    """What a kind of request may meet."""

    NONE = "none"
    EMPTY = "empty"
    TOO_MANY = "429"
    BANNED = "418"
    UNAVAILABLE = "451"
    BROKEN = "5xx"
    HTML = "html"


REFUSAL_S = {Trouble.TOO_MANY: 3.0, Trouble.BANNED: 10.0}
"""For how long the exchange wants no request."""


class Kind(StrEnum):
    """What is asked for."""

    TIME = "time"
    NEWEST = "newest"
    HISTORY = "history"
    DEPTH = "depth"


@dataclass(slots=True)
class Pending:
    """One request on its way."""

    serve_ms: int
    answer_ms: int
    ask: Callable[[], Any]
    take: Callable[[Any], None]
    owner: object
    answer: Any = None
    is_served: bool = False


@dataclass(slots=True)
class RestModel:
    """Answers the requests of all tasks.

    Attributes:
        slow_ms: how much longer each kind takes to be served, and then to be answered.
        trouble: of each kind; of one symbol when it is named.
        poisoned: trade ids whose rows break the contract, by symbol.
        mistimed: by how much the times of rows are wrong, by symbol and trade id.
        stale_ms: how old newest ids are, where that makes them lower than those told before. An
            exchange that is never contradicted by itself cannot be found out.
        wrong_clock_ms: by how much one answer of the clock is wrong; the next one is right.
        clock_off_ms: by how much every answer of the clock of books is off.
        cached_until_ms: until when the clock of books is told from a cache, with `cached_ms`.
    """

    exchange: Exchange
    slow_ms: dict[Kind, tuple[int, int]] = field(default_factory=dict)
    trouble: dict[tuple[Kind, str], Trouble] = field(default_factory=dict)
    poisoned: dict[str, set[int]] = field(default_factory=dict)
    mistimed: dict[str, dict[int, int]] = field(default_factory=dict)
    stale_ms: int = 0
    wrong_clock_ms: int = 0
    clock_off_ms: int = 0
    cached_ms: int = 0
    cached_until_ms: int = 0
    _told: dict[tuple[int, str, int], int] = field(default_factory=dict)
    _misled: set[int] = field(default_factory=set)
    delisted: set[str] = field(default_factory=set)
    pending: list[Pending] = field(default_factory=list)

    def heal(self) -> None:
        """End what can end."""
        self.slow_ms.clear()
        self.trouble.clear()
        self.stale_ms = self.wrong_clock_ms = self.clock_off_ms = self.cached_until_ms = 0

    def request(
        self, owner: object, kind: Kind, ask: Callable[[], Any], take: Callable[[Any], None]
    ) -> None:
        """Send a request; `take` gets what `ask` returns when it is served."""
        before_ms, after_ms = self.slow_ms.get(kind, (0, 0))
        serve_ms = self.exchange.now_ms + USUAL_MS + before_ms
        self.pending.append(Pending(serve_ms, serve_ms + USUAL_MS + after_ms, ask, take, owner))

    def forget(self, owner: object) -> None:
        """Drop the requests of a task that was killed."""
        self.pending = [one for one in self.pending if one.owner is not owner]
        self._told = {key: top for key, top in self._told.items() if key[0] != id(owner)}
        self._misled.discard(id(owner))

    def advance(self, now_ms: int) -> None:
        """Serve and answer what is due."""
        if not self.pending:
            return
        for one in self.pending:
            if not one.is_served and one.serve_ms <= now_ms:
                one.answer, one.is_served = one.ask(), True
        due = [one for one in self.pending if one.is_served and one.answer_ms <= now_ms]
        self.pending = [one for one in self.pending if one not in due]
        for one in due:
            one.take(one.answer)

    def trouble_of(self, kind: Kind, symbol: str = "") -> Trouble:
        """Return what a request meets now."""
        general = self.trouble.get((kind, ""), Trouble.NONE)
        return self.trouble.get((kind, symbol), general)

    def check(self, kind: Kind, symbol: str = "") -> Trouble:
        """Return EMPTY or NONE.

        Raises:
            RestError: the request is refused or fails.
        """
        if symbol in self.delisted:
            raise RequestRefusedError(f"REST {kind} {symbol}: Invalid symbol", 400, BAD_SYMBOL)
        trouble = self.trouble_of(kind, symbol)
        if trouble is Trouble.UNAVAILABLE:
            raise RequestRefusedError(f"REST {kind} {symbol}: restricted location", 451, None)
        if trouble not in (Trouble.NONE, Trouble.EMPTY):
            raise RestError(f"REST {kind} {symbol}: {trouble}")
        return trouble

    page_trades: ClassVar[int] = PAGE_TRADES

    def history_page(self, symbol: str, from_id: int, limit: int) -> HistoryPage:
        """Return a page of historicalTrades as the shipped client reads it.

        Raises:
            RestError: the request is refused or fails.
        """
        rows = self.history_rows(symbol, from_id, limit)
        return read_page(MARKET, symbol, from_id, rows, self.exchange.now_ms)

    def history_rows(self, symbol: str, from_id: int, limit: int) -> list[dict[str, object]]:
        """Return the rows of a page of historicalTrades as they came.

        Raises:
            RestError: the request is refused or fails.
        """
        if self.check(Kind.HISTORY, symbol) is Trouble.EMPTY:
            return []
        mistimed = self.mistimed.get(symbol, {})
        bad = self.poisoned.get(symbol, set())
        known = self.exchange.tapes[symbol].history(self.exchange.now_ms)
        page = [trade for trade in known if trade.trade_id >= from_id][:limit]
        return [
            {
                "id": trade.trade_id,
                "price": "0.00000000" if trade.trade_id in bad else trade.price,
                "qty": trade.quantity,
                "time": trade.time_ms + mistimed.get(trade.trade_id, 0),
                "isBuyerMaker": trade.buyer_is_maker,
            }
            for trade in page
        ]

    def ticker_rows(self, owner: object, symbols: Sequence[str]) -> list[dict[str, object]]:
        """Return the rows of ticker/24hr as they came.

        Raises:
            RestError: the request is refused or fails.
        """
        rows: list[dict[str, object]] = []
        for symbol in symbols:
            if self.check(Kind.NEWEST, symbol) is Trouble.EMPTY:
                return []
            rows.append({"symbol": symbol, "lastId": self._newest_id(owner, symbol)})
        return rows

    def _newest_id(self, owner: object, symbol: str) -> int:
        tape, now_ms = self.exchange.tapes[symbol], self.exchange.now_ms
        key = id(owner), symbol, tape.era_begin
        told_id = self._told.get(key, -1)
        for seen_until_ms in (now_ms - self.stale_ms, now_ms):
            known = tape.history(seen_until_ms)
            newest_id = known[-1].trade_id if known else -1
            if seen_until_ms == now_ms or 0 <= newest_id < told_id:
                break
        self._told[key] = max(told_id, newest_id)
        return newest_id

    def depth(self, market: str, symbol: str) -> dict[str, object]:
        """Return a snapshot as it came.

        Raises:
            RestError: the request is refused or fails.
        """
        self.check(Kind.DEPTH, symbol)
        return self.exchange.books[market, symbol].snapshot(self.exchange.now_ms)

    def books_time_ms(self, owner: object) -> int:
        """Return the exchange's clock as it is told to tasks of books.

        Raises:
            RestError: the request is refused or fails.
        """
        time_ms = self.time_ms(owner)
        if self.exchange.now_ms < self.cached_until_ms:
            return self.cached_ms
        return time_ms + self.clock_off_ms

    def time_ms(self, owner: object) -> int:
        """Return the exchange's clock; of two answers in a row to one task at most one is wrong.

        Raises:
            RestError: the request is refused or fails.
        """
        self.check(Kind.TIME)
        if id(owner) in self._misled or not self.wrong_clock_ms:
            self._misled.discard(id(owner))
            return self.exchange.now_ms
        self._misled.add(id(owner))
        wrong_ms, self.wrong_clock_ms = self.wrong_clock_ms, 0
        return self.exchange.now_ms + wrong_ms
