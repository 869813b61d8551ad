"""Books made by chance, told as the connector tells them, and trades beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from market.books.records import BookRecord
from market.books.timeline import BookTimeline
from market.books.tops import BookTop, SideTop
from market.dictionary.records import Trade

_PRICE_E8 = 60_000 * 10**8
_SIZE_E8 = 10**8
_SETTLE_MS = 100
_LATE_MS = 850
"""How far back a loss or a correction reaches: less than the watermark's delay."""


def _maybe(chance: Random, number: int) -> int | None:
    return None if chance.random() < 0.1 else number


def _side(chance: Random, price_e8: int) -> SideTop:
    # Some sizes need more than the 18 digits of a long, as those of coins of tiny value do.
    size = chance.randrange(1, 30 * _SIZE_E8) * (1 if chance.random() < 0.9 else 10**9)
    sums = [size * factor + chance.randrange(_SIZE_E8) for factor in (3, 9)]
    depths = [price_e8 * total for total in (size, *sums)]
    return SideTop(price_e8, size, *(_maybe(chance, number) for number in (*sums, *depths)))


@dataclass
class BookHistory:
    """One symbol's book over a few minutes: changes, losses, corrections, silence.

    Attributes:
        records: in the order that they are written.
        trades: around the book's prices.
    """

    market: str
    symbol: str
    start_ms: int
    seed: int
    records: list[BookRecord] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)
        self._update_id = 1_000
        self._price_e8 = _PRICE_E8
        self._timeline = BookTimeline(self.market, self.symbol, None)

    def run(self, length_ms: int) -> "BookHistory":
        """Let so much time pass."""
        self.records += self._timeline.begin(self.start_ms, self.start_ms)
        now_ms, end_ms, synced = self.start_ms, self.start_ms + length_ms, False
        while (next_ms := now_ms + self._pause_ms()) < end_ms:
            self._let_pass(now_ms, next_ms)
            synced = self._step(next_ms, synced=synced)
            self._trade(next_ms)
            now_ms = next_ms
        self._let_pass(now_ms, end_ms)
        return self

    def _let_pass(self, from_ms: int, until_ms: int) -> None:
        # What the exchange's clock has passed is settled; a change from before may still come.
        for time_ms in (*range(from_ms, until_ms, _SETTLE_MS), until_ms):
            self.records += self._timeline.settle(time_ms, time_ms)

    def _pause_ms(self) -> int:
        """Mostly a few milliseconds, often none, sometimes seconds."""
        kind = self._chance.random()
        if kind < 0.3:
            return 0
        return self._chance.randrange(1, 2_500 if kind > 0.98 else 60)

    def _step(self, now_ms: int, *, synced: bool) -> bool:
        kind = self._chance.random()
        if not synced:
            if kind > 0.1:
                return False
            self.records += self._timeline.on_synced([self._top(now_ms)], now_ms)
        elif kind < 0.01:
            lost_ms = now_ms - self._chance.randrange(_LATE_MS)
            self.records += self._timeline.on_unknown(lost_ms, "gap", now_ms)
            return False
        elif kind < 0.03:
            change = self._top(now_ms - self._chance.randrange(_LATE_MS))
            self.records += self._timeline.on_top(change, now_ms)
        else:
            self.records += self._timeline.on_top(self._top(now_ms), now_ms)
        return True

    def _top(self, event_time_ms: int) -> BookTop:
        self._update_id += self._chance.randrange(1, 4)
        self._price_e8 += self._chance.randrange(-5, 6) * 10**6
        bid = _side(self._chance, self._price_e8)
        ask = _side(self._chance, self._price_e8 + self._chance.randrange(1, 9) * 10**6)
        # Of some changes only a snapshot tells.
        quote_time_ms = None if self._chance.random() < 0.002 else event_time_ms
        return BookTop(self._update_id, event_time_ms, quote_time_ms, bid, ask)

    def _trade(self, now_ms: int) -> None:
        if self._chance.random() < 0.3:
            price_e8 = self._price_e8 + self._chance.randrange(-20, 20) * 10**6
            self.trades.append(self._trade_of(now_ms, price_e8))

    def _trade_of(self, now_ms: int, price_e8: int) -> Trade:
        # Every 700th trade tells of a missing one: some minutes lack one, some none.
        number = len(self.trades)
        return Trade(
            market=self.market,
            symbol=self.symbol,
            trade_id=number * 2,
            price=f"{price_e8 // 10**8}.{price_e8 % 10**8:08d}",
            quantity="1.00000000",
            taker_side="buy",
            event_time_ms=now_ms,
            receive_time_ms=now_ms,
            source="live",
            missing_before=None if number == 0 else int(number % 700 == 0),
        )


def histories(
    market: str, symbols: tuple[str, ...], start_ms: int, length_ms: int
) -> Iterator[BookHistory]:
    """Give one history a symbol; the first symbol is never synced in its first minute."""
    for number, symbol in enumerate(symbols):
        yield BookHistory(market, symbol, start_ms, seed=number + 1).run(length_ms)
