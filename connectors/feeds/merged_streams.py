"""The connections that carry the same trade streams, and which of them have fallen silent.

Pure: seconds are those of a monotonic clock, given by the caller.

Theory of operation
-------------------
* Every connection carries every stream, so a trade arrives once per connection, and losing or
  replacing one connection, or missing frames on it, makes no gap.
* A connection is replaced before the exchange ends it, no two at the same time.
* If one connection delivers what another has not delivered within `CHECK_INTERVAL_S`, the stream
  has died on the other. When all have fallen silent, only the exchange knows: having to fetch
  trades at the trailing edge `MISSES` times in a row shows that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CHECK_INTERVAL_S = 10.0
MISSES = 3
REPLACE_PAUSE_S = 30.0
"""Shortest time between two replacements of a connection because of silent streams."""


@dataclass(slots=True)
class Connection:
    """One connection.

    Attributes:
        number: unique in the task, from 1.
        is_up: it carries its streams now.
        ends_s: when to replace it, in monotonic seconds.
        last_ids: newest trade id that it delivered, by symbol.
    """

    number: int
    is_up: bool = False
    ends_s: float = 0.0
    last_ids: dict[str, int] = field(default_factory=dict)


class MergedStreams:
    """Tracks the connections of one task.

    Args:
        symbols: whose trades every connection carries.
        connections: how many there are.
        lifetime_s: age at which a connection is replaced, in seconds.
    """

    def __init__(self, symbols: Iterable[str], connections: int, lifetime_s: float) -> None:
        self._symbols = tuple(symbols)
        self._all = {number: Connection(number) for number in range(1, connections + 1)}
        self._lifetime_s = lifetime_s
        self._tops: dict[str, int] = {}
        self._check_due_s = 0.0
        self._replaced_s = float("-inf")
        self._misses: dict[str, int] = {}

    @property
    def is_up(self) -> bool:
        """True while any connection carries the streams; without streams none is needed."""
        return not self._all or any(one.is_up for one in self._all.values())

    def on_up(self, number: int, now_s: float) -> None:
        """Note that a connection carries its streams."""
        one = self._all[number]
        # The first lifetimes differ, so that no two connections ever end together.
        share = number / len(self._all) if not one.ends_s else 1
        one.is_up, one.ends_s = True, now_s + self._lifetime_s * share
        one.last_ids.clear()
        self._forget(now_s)

    def on_down(self, number: int, now_s: float) -> bool:
        """Note that a connection is gone; return whether it was up."""
        one = self._all[number]
        was_up, one.is_up = one.is_up, False
        self._forget(now_s)
        return was_up

    def _forget(self, now_s: float) -> None:
        self._tops = {}
        self._check_due_s = now_s + CHECK_INTERVAL_S

    def on_trade(self, number: int, symbol: str, trade_id: int) -> None:
        """Note a trade that a connection delivered."""
        self._all[number].last_ids[symbol] = trade_id
        if self._misses:
            self._misses.pop(symbol, None)

    def on_missed(self, symbol: str) -> bool:
        """Note trades that no connection delivered; return whether all are silent."""
        self._misses[symbol] = self._misses.get(symbol, 0) + 1
        # Equal, not above: a silence that lasts is reported once.
        return self._misses[symbol] == MISSES

    def silent(self, now_s: float) -> Iterator[tuple[int, str]]:
        """Yield connection and symbol of each stream that died while another connection has it."""
        if now_s < self._check_due_s:
            return
        self._check_due_s = now_s + CHECK_INTERVAL_S
        up = [one for one in self._all.values() if one.is_up]
        for symbol, top in self._tops.items():
            for one in up:
                if one.last_ids.get(symbol, -1) < top:
                    yield one.number, symbol
        # Compared at the next check: for a moment a connection may be behind the others.
        self._tops = {
            symbol: max((one.last_ids.get(symbol, -1) for one in up), default=-1)
            for symbol in self._symbols
        }

    def to_replace(self, now_s: float) -> int | None:
        """Return a connection whose lifetime is over, provided that another one is up."""
        for one in self._all.values():
            others = any(other.is_up for other in self._all.values() if other is not one)
            if one.is_up and now_s >= one.ends_s and (others or len(self._all) == 1):
                one.ends_s = now_s + self._lifetime_s
                return one.number
        return None

    def may_replace(self, now_s: float) -> bool:
        """Return whether a connection may be replaced for silence now; if so, it counts as done."""
        if now_s - self._replaced_s < REPLACE_PAUSE_S:
            return False
        self._replaced_s = now_s
        return True

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of all connections."""
        return tuple(self._all)
