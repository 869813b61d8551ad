"""What the hand-written consumers of book tops share: an open second, and the loop over a topic.

One open second a symbol. Nothing is written, no state is kept over a restart, no minutes and no
documents are made, and the input is taken to be in order: what is left is the computation itself.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from benchmarks.book.windows import Window, digest
from benchmarks.candles.meter import Measured, own_sample

SECOND_MS = 1_000

Number = TypeVar("Number")


class OpenSecond(ABC, Generic[Number]):
    """What one symbol's books were in a second so far, in one kind of exact number.

    `values` are spread, spread in basis points and order book imbalance of 1, 5 and 20 levels.
    """

    __slots__ = ("age", "ends", "highest", "lowest", "sums", "top", "updates", "values")

    def __init__(self, top: Any) -> None:
        self.ends = top.event_time_ms // SECOND_MS * SECOND_MS + SECOND_MS
        self.sums: Sequence[Any] = [0] * 5
        self.lowest: Any = None
        self.highest: Any = None
        self.age = self.updates = 0
        self._begin(top)

    @abstractmethod
    def measure(self, top: Any) -> tuple[Number, ...]:
        """Return the values of a top."""

    @abstractmethod
    def window(self) -> Window:
        """Return the second as a whole; it began with a record at its boundary."""

    def _begin(self, top: Any) -> None:
        self.top = top
        self.updates += top.quote_time_ms == top.event_time_ms
        self.values = self.measure(top)

    def hold_until(self, time_ms: int) -> None:
        """Weigh the present values by the time that they held."""
        held_ms = time_ms - self.top.event_time_ms
        if held_ms <= 0:
            return
        values = self.values
        sums = zip(self.sums, values, strict=True)
        self.sums = [total + value * held_ms for total, value in sums]
        spreads = values[:2]
        if self.lowest is None:
            self.lowest = self.highest = spreads
        else:
            self.lowest = (min(self.lowest[0], spreads[0]), min(self.lowest[1], spreads[1]))
            self.highest = (max(self.highest[0], spreads[0]), max(self.highest[1], spreads[1]))
        self.age = max(self.age, time_ms - self.top.quote_time_ms)

    def add(self, top: Any) -> None:
        """Take the next top of the same second."""
        self.hold_until(top.event_time_ms)
        self._begin(top)


def _take(
    top: Any,
    open_second: Callable[[Any], OpenSecond[Any]],
    seconds: dict[str, OpenSecond[Any]],
    windows: list[Window],
) -> None:
    """Add a top to its symbol's second; one of a later second closes that."""
    second = seconds.get(top.symbol)
    if second is not None and top.event_time_ms < second.ends:
        second.add(top)
        return
    if second is not None:
        windows.append(second.window())
    seconds[top.symbol] = open_second(top)


def consume(
    batches: Iterable[Sequence[bytes]],
    decode: Callable[[bytes], Any],
    open_second: Callable[[Any], OpenSecond[Any]],
) -> None:
    """Compute the windows of all messages, and print what it took as JSON."""
    seconds: dict[str, OpenSecond[Any]] = {}
    windows: list[Window] = []
    samples = [own_sample(0)]
    for batch in batches:
        for value in batch:
            top = decode(value)
            if top.kind == "top":
                _take(top, open_second, seconds, windows)
        samples.append(own_sample(samples[-1].records + len(batch)))
    windows += [second.window() for second in seconds.values()]
    samples.append(own_sample(samples[-1].records))
    total = samples[-1].records
    print(json.dumps(Measured.of(samples, total, digest(windows)).as_json()))
