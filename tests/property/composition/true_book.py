"""One symbol's book as it truly was: every change, its diff, and what windows of it are.

Five levels a side at most, so that every snapshot holds the whole book. Update ids are consecutive
on spot; on USD-M they are sparse and each diff names the last id of the one before.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

encode = msgspec.json.encode
IDS_OF_A_DIFF = 3


class Step(NamedTuple):
    """What the best levels are from an instant on; whole prices and sizes."""

    time_ms: int
    bid: tuple[int, int]
    ask: tuple[int, int]


class TrueDiff(NamedTuple):
    """A diff as it was published."""

    first: int
    last: int
    previous: int | None
    time_ms: int
    bids: dict[int, int]
    asks: dict[int, int]

    def frame(self, symbol: str, publish_ms: int, unit: int = 1, **other: object) -> bytes:
        """Return its frame; only USD-M tells `T` and `pu`."""
        data: dict[str, object] = {
            "e": "depthUpdate",
            "E": publish_ms * unit,
            "s": symbol,
            "U": self.first,
            "u": self.last,
            "b": wire(self.bids),
            "a": wire(self.asks),
        }
        if self.previous is not None:
            data |= {"T": self.time_ms * unit, "pu": self.previous}
        return encode({"stream": f"{symbol.lower()}@depth@100ms", "data": data | other})


class TrueTicker(NamedTuple):
    """Best bid and ask after one update."""

    update_id: int
    bid: tuple[int, int]
    ask: tuple[int, int]
    has_time: bool

    def frame(self, symbol: str, publish_ms: int, unit: int = 1, **other: object) -> bytes:
        """Return its frame; only USD-M tells `E`."""
        (bid, bid_size), (ask, ask_size) = self.bid, self.ask
        data: dict[str, object] = {
            "s": symbol,
            "u": self.update_id,
            "b": f"{bid}.00",
            "B": f"{bid_size}.000",
            "a": f"{ask}.00",
            "A": f"{ask_size}.000",
        }
        if self.has_time:
            data["E"] = publish_ms * unit
        return encode({"stream": f"{symbol.lower()}@bookTicker", "data": data | other})


def wire(side: dict[int, int]) -> list[tuple[str, str]]:
    """Return levels as the exchange writes them."""
    return [(f"{price}.00", f"{size}.000") for price, size in side.items()]


@dataclass(slots=True)
class TrueBook:
    """Follows one symbol's book."""

    market: str
    symbol: str
    rhythm: Any
    update_id: int = 500
    bids: dict[int, int] = field(default_factory=lambda: {100: 1, 99: 2, 98: 3})
    asks: dict[int, int] = field(default_factory=lambda: {103: 1, 104: 2, 105: 3})
    changes: int = 0
    steps: list[Step] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    states: list[tuple[int, int, dict[int, int], dict[int, int]]] = field(default_factory=list)
    """From when REST tells which update id with which bids and asks."""

    def __post_init__(self) -> None:
        self._note(0)

    @property
    def is_spot(self) -> bool:
        """Ids are consecutive, and only `E` tells the time."""
        return self.market == "binance-spot"

    def _best(self) -> tuple[tuple[int, int], tuple[int, int]]:
        bid, ask = max(self.bids), min(self.asks)
        return (bid, self.bids[bid]), (ask, self.asks[ask])

    def _note(self, time_ms: int) -> None:
        self.steps.append(Step(time_ms, *self._best()))
        self.times.append(time_ms)
        self.states.append((time_ms, self.update_id, self.bids.copy(), self.asks.copy()))

    def snapshot(self, now_ms: int) -> dict[str, object]:
        """Return what REST tells at an instant."""
        _, update_id, bids, asks = next(s for s in reversed(self.states) if s[0] <= now_ms)
        return {"lastUpdateId": update_id, "bids": wire(bids), "asks": wire(asks)}

    def change(self, time_ms: int, publish_ms: int) -> tuple[TrueTicker, TrueDiff]:
        """Change the best bid's size, and now and then the best ask itself."""
        self.changes += 1
        number = self.changes
        bids, asks = {100: 1 + number % 9}, dict[int, int]()
        if number % 3 == 0:
            asks = {102: 0 if 102 in self.asks else 1 + number % 4}
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for price, size in levels.items():
                if size:
                    side[price] = size
                else:
                    del side[price]
        previous = self.update_id
        skipped = 0 if self.is_spot else 1 + number % 4
        first = previous + 1 + skipped
        self.update_id = first + IDS_OF_A_DIFF - 1
        self._note(publish_ms if self.is_spot else time_ms)
        diff = TrueDiff(
            first, self.update_id, None if self.is_spot else previous, time_ms, bids, asks
        )
        return TrueTicker(self.update_id, *self._best(), not self.is_spot), diff

    def window(self, start_ms: int, end_ms: int) -> tuple[int, int, int, Step]:
        """Return of a window: changes, sums over time of spread and of bid size, the last step."""
        first = bisect_right(self.times, start_ms - 1)
        last = bisect_right(self.times, end_ms - 1)
        held = [self.steps[first - 1], *self.steps[first:last]]
        spread = size = 0
        for step, until_ms in zip(held, [*self.times[first:last], end_ms], strict=True):
            ms = until_ms - max(step.time_ms, start_ms)
            spread += ms * (step.ask[0] - step.bid[0])
            size += ms * step.bid[1]
        return last - first, spread, size, held[-1]
