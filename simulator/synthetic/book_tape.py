"""The book streams of one symbol: what has changed since each of them last sent a message.

Diffs and partial books of one speed are published at the same boundaries, so that a partial book's
id is the `u` of the diff at the same time; best prices are published at once. A stream sends
nothing when nothing has changed for it.
"""

import math
from collections.abc import Iterator

from simulator.binance.venues import Market, address_of
from simulator.engine.events import Frame
from simulator.engine.symbols import SymbolRules
from simulator.synthetic.book_messages import BookEvent, book_messages
from simulator.synthetic.ladder import Ladder, LadderSide

PARTIAL_LEVELS = (5, 10, 20)
SPEEDS_MS = {
    Market.SPOT: {"@100ms": 100, "": 1_000},
    Market.USDM: {"@100ms": 100, "": 250, "@500ms": 500},
}
"""Suffixes of a stream's name, and how often it may send."""

Levels = tuple[list[bytes], list[bytes]]
"""Bids and asks as JSON arrays, best first."""


def book_suffixes(market: Market) -> tuple[str, ...]:
    """Return the part after the ``@`` of every book stream of a market."""
    depths = (f"depth{levels}" for levels in ("", *PARTIAL_LEVELS))
    return ("bookTicker", *(depth + speed for depth in depths for speed in SPEEDS_MS[market]))


class _Diffs:
    """The diff stream of one speed: where its last event ended, and the levels set since."""

    def __init__(self, speed: str, period_ms: int, update_id: int) -> None:
        self.speed = speed
        self.period_ms = period_ms
        self.update_id = update_id
        self.first_id = 0
        self.changed: set[tuple[int, int]] = set()
        self.shown: dict[int, Levels] = {}

    def take(self, changed: set[tuple[int, int]], first_id: int) -> None:
        """Remember levels that were set, the first of them at `first_id`."""
        if changed and not self.changed:
            self.first_id = first_id
        self.changed |= changed


class BookTape:
    """The book streams of one symbol.

    Args:
        rules: its grid and market.
        ladder: its book, already filled.
        start_ms: epoch milliseconds at which it was filled.
    """

    def __init__(self, rules: SymbolRules, ladder: Ladder, start_ms: int) -> None:
        self._rules = rules
        self._messages = book_messages(rules)
        self._ladder = ladder
        self._best = ladder.best
        self._changed_ms = start_ms
        self._diffs = [
            _Diffs(speed, period_ms, ladder.update_id)
            for speed, period_ms in SPEEDS_MS[rules.market].items()
        ]
        prefix = rules.symbol.lower()
        self._addresses = {
            suffix: address_of(rules.market, f"{prefix}@{suffix}")
            for suffix in book_suffixes(rules.market)
        }

    def next_boundary_ms(self, now_ms: int) -> float:
        """Return when a diff stream next has something to send, after now; infinite for never."""
        is_changed = self._ladder.is_changed
        periods = [each.period_ms for each in self._diffs if is_changed or each.changed]
        return min((now_ms - now_ms % period + period for period in periods), default=math.inf)

    def snapshot(self, due_ms: int) -> Frame:
        """Return the whole book as a snapshot that is not sent; REST starts from it."""
        levels = self._levels(max(len(self._ladder.bids), len(self._ladder.asks)))
        event = self._event(self._diffs[0], levels, due_ms)
        payload = self._messages.snapshot(event)
        return Frame(due_ms, "", payload, self._rules.symbol, market=self._rules.market)

    def on_change(self, now_ms: int) -> Iterator[Frame]:
        """Yield a `bookTicker` when the best prices or sizes have changed."""
        self._changed_ms = now_ms
        best = self._ladder.best
        if best != self._best:
            self._best = best
            payload = self._messages.best(self._ladder.update_id, best, now_ms)
            yield self._frame("bookTicker", payload, now_ms)

    def on_boundary(self, boundary_ms: int) -> Iterator[Frame]:
        """Yield the diffs and the partial books that are due and have changed."""
        first_id, changed = self._ladder.first_changed_id, self._ladder.take_changes()
        for diffs in self._diffs:
            diffs.take(changed, first_id)
        due = [each for each in self._diffs if each.changed and boundary_ms % each.period_ms == 0]
        top = self._levels(PARTIAL_LEVELS[-1]) if due else ([], [])
        for diffs in due:
            event = self._event(diffs, self._changed_levels(diffs), boundary_ms)
            yield self._frame(f"depth{diffs.speed}", self._messages.diff(event), boundary_ms)
            for levels in PARTIAL_LEVELS:
                yield from self._partial(diffs, top, levels, boundary_ms)
            diffs.update_id, diffs.changed = event.last_update_id, set()

    def _partial(
        self, diffs: _Diffs, top: Levels, levels: int, boundary_ms: int
    ) -> Iterator[Frame]:
        shown = (top[0][:levels], top[1][:levels])
        if diffs.shown.get(levels) != shown:
            diffs.shown[levels] = shown
            payload = self._messages.partial(self._event(diffs, shown, boundary_ms))
            yield self._frame(f"depth{levels}{diffs.speed}", payload, boundary_ms)

    def _event(self, diffs: _Diffs, levels: Levels, event_time_ms: int) -> BookEvent:
        return BookEvent(
            event_time_ms,
            self._changed_ms,
            diffs.update_id,
            diffs.first_id,
            self._ladder.update_id,
            b",".join(levels[0]),
            b",".join(levels[1]),
        )

    def _changed_levels(self, diffs: _Diffs) -> Levels:
        def levels(side: LadderSide) -> list[bytes]:
            ticks = sorted(tick for sign, tick in diffs.changed if sign == side.sign)
            return self._messages.levels((tick, side.sizes.get(tick, 0)) for tick in ticks)

        return levels(self._ladder.bids), levels(self._ladder.asks)

    def _levels(self, limit: int) -> Levels:
        def levels(side: LadderSide) -> list[bytes]:
            return self._messages.levels((tick, side.sizes[tick]) for tick in side.ticks(limit))

        return levels(self._ladder.bids), levels(self._ladder.asks)

    def _frame(self, suffix: str, payload: bytes, due_ms: int) -> Frame:
        rules = self._rules
        return Frame(due_ms, self._addresses[suffix], payload, rules.symbol, market=rules.market)
