"""The book streams of one symbol: what has changed since each of them last spoke.

Diffs and partial books are published at boundaries of one grid, so that a partial book's
`lastUpdateId` is the `u` of the diff beside it; best prices at once. A stream says nothing when
nothing changed for it.
"""

from collections.abc import Iterator

from simulator.decimals import from_e8
from simulator.events import Frame
from simulator.symbols import SymbolRules
from simulator.synthetic.ladder import Ladder, LadderSide

BOUNDARY_MS = 100
SECOND_MS = 1_000
PARTIAL_LEVELS = (5, 10, 20)
SPEEDS = {"@100ms": BOUNDARY_MS, "": SECOND_MS}
"""What follows a stream's name, and how often it may speak."""
BOOK_SUFFIXES = (
    "bookTicker",
    *(f"depth{levels}{speed}" for levels in ("", *PARTIAL_LEVELS) for speed in SPEEDS),
)
SNAPSHOT_LEVELS = 5000

Levels = tuple[list[bytes], list[bytes]]
"""Bids and asks, each level as a JSON array, best first."""


class _Diffs:
    """The diff stream of one speed: where its last event ended, and the levels set since."""

    def __init__(self, update_id: int) -> None:
        self.update_id = update_id
        self.changed: set[tuple[int, int]] = set()


class BookTape:
    """The book streams of one symbol.

    Args:
        rules: its grid.
        ladder: its book, already filled.
    """

    def __init__(self, rules: SymbolRules, ladder: Ladder) -> None:
        self._rules = rules
        self._symbol = rules.symbol.encode()
        self._ladder = ladder
        self._best = ladder.best
        self._diffs = {speed: _Diffs(ladder.update_id) for speed in SPEEDS}
        self._partials: dict[str, Levels] = {}

    @property
    def is_pending(self) -> bool:
        """True when a later boundary has something to tell."""
        return any(diffs.changed for diffs in self._diffs.values())

    def snapshot(self, due_ms: int) -> Frame:
        """Return the whole book as a snapshot that is not sent; REST begins with it."""
        payload = self._partial_payload(self._levels(SNAPSHOT_LEVELS))
        return Frame(due_ms, "", payload, self._rules.symbol)

    def on_change(self, now_ms: int) -> Iterator[Frame]:
        """Yield a `bookTicker` when the best prices or sizes have changed."""
        best = self._ladder.best
        if best == self._best:
            return
        self._best = best
        (bid, bid_size), (ask, ask_size) = best
        payload = b'{"u":%d,"s":"%s","b":"%s","B":"%s","a":"%s","A":"%s"}' % (
            self._ladder.update_id,
            self._symbol,
            *(self._price(bid), self._size(bid_size), self._price(ask), self._size(ask_size)),
        )
        yield self._frame("bookTicker", payload, now_ms)

    def on_boundary(self, boundary_ms: int) -> Iterator[Frame]:
        """Yield the diffs and the partial books that are due and have changed."""
        changed = self._ladder.take_changes()
        top = self._levels(PARTIAL_LEVELS[-1])
        for speed, period_ms in SPEEDS.items():
            diffs = self._diffs[speed]
            diffs.changed |= changed
            if boundary_ms % period_ms or not diffs.changed:
                continue
            yield self._frame(f"depth{speed}", self._diff(diffs, boundary_ms), boundary_ms)
            for levels in PARTIAL_LEVELS:
                yield from self._partial(f"depth{levels}{speed}", top, levels, boundary_ms)

    def _diff(self, diffs: _Diffs, boundary_ms: int) -> bytes:
        first_id, last_id = diffs.update_id + 1, self._ladder.update_id
        sides = (self._ladder.bids, self._ladder.asks)
        bids, asks = (
            b",".join(
                self._level(tick, side.sizes.get(tick, 0))
                for tick in sorted(tick for sign, tick in diffs.changed if sign == side.sign)
            )
            for side in sides
        )
        diffs.update_id, diffs.changed = last_id, set()
        return b'{"e":"depthUpdate","E":%d,"s":"%s","U":%d,"u":%d,"b":[%s],"a":[%s]}' % (
            boundary_ms,
            self._symbol,
            first_id,
            last_id,
            bids,
            asks,
        )

    def _levels(self, limit: int) -> Levels:
        def levels(side: LadderSide) -> list[bytes]:
            return [self._level(tick, side.sizes[tick]) for tick in side.ticks(limit)]

        return levels(self._ladder.bids), levels(self._ladder.asks)

    def _partial(self, suffix: str, top: Levels, levels: int, boundary_ms: int) -> Iterator[Frame]:
        shown = (top[0][:levels], top[1][:levels])
        if self._partials.get(suffix) != shown:
            self._partials[suffix] = shown
            yield self._frame(suffix, self._partial_payload(shown), boundary_ms)

    def _partial_payload(self, levels: Levels) -> bytes:
        return b'{"lastUpdateId":%d,"bids":[%s],"asks":[%s]}' % (
            self._ladder.update_id,
            b",".join(levels[0]),
            b",".join(levels[1]),
        )

    def _level(self, tick: int, size: int) -> bytes:
        return b'["%s","%s"]' % (self._price(tick), self._size(size))

    def _price(self, tick: int) -> bytes:
        return from_e8(tick * self._rules.tick_e8).encode()

    def _size(self, steps: int) -> bytes:
        return from_e8(steps * self._rules.step_e8).encode()

    def _frame(self, suffix: str, payload: bytes, due_ms: int) -> Frame:
        stream = f"{self._rules.symbol.lower()}@{suffix}"
        return Frame(due_ms, stream, payload, self._rules.symbol)
