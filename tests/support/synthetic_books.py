"""A client's own book, for tests: levels as wire strings, diffs applied as the exchange says."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulator.binance.venues import Market, address_of
from simulator.engine.decimals import to_e8
from simulator.engine.events import Frame

Levels = list[tuple[str, str]]


def frames_of(
    frames: Iterable[Frame], symbol: str, suffix: str, market: Market = Market.SPOT
) -> list[dict[str, Any]]:
    """The decoded frames of one stream."""
    stream = address_of(market, f"{symbol.lower()}@{suffix}")
    return [json.loads(frame.payload) for frame in frames if frame.stream == stream]


@dataclass
class Book:
    last_update_id: int
    bids: dict[str, str]
    asks: dict[str, str]

    @classmethod
    def of_snapshot(cls, frame: Frame) -> "Book":
        body = json.loads(frame.payload)
        return cls(body["lastUpdateId"], dict(body["bids"]), dict(body["asks"]))

    def apply(self, event: dict[str, Any]) -> None:
        if "pu" in event:  # a snapshot may show what is in the middle of an event, or no event's
            assert event["pu"] <= self.last_update_id <= event["u"]
        else:
            assert event["U"] == self.last_update_id + 1
        for side, levels in ((self.bids, event["b"]), (self.asks, event["a"])):
            for price, size in levels:
                if to_e8(size):
                    side[price] = size
                else:
                    side.pop(price, None)
        self.last_update_id = event["u"]

    def top(self, levels: int) -> tuple[int, Levels, Levels]:
        bids = sorted(self.bids.items(), key=lambda level: -to_e8(level[0]))
        asks = sorted(self.asks.items(), key=lambda level: to_e8(level[0]))
        return self.last_update_id, bids[:levels], asks[:levels]
