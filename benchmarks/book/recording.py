"""Recorded frames of one book, repeated as often as wanted with ids and times that go on.

A diff between two passes changes the book back to what it was at the beginning, so that every pass
does the same work on the same levels. Frames are of `depth` and, unless left out, `bookTicker`.
"""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks import BenchmarkError

CAPTURES = Path(
    os.environ.get(
        "TIDEMARK_CAPTURES",
        Path(__file__).parents[3] / "shared" / "data" / "binance_captures",
    )
)
PAUSE_MS = 100
"""Event time between two passes."""
_FILES = {
    "spot": ("spot_btcusdt_20240808.gz", "spot_btcusdt_20240809.gz"),
    "usdm": ("usdm_btcusdt_20240808.gz",),
}
_GONE = "0.00000000"
Side = dict[Decimal, tuple[str, str]]


@dataclass(slots=True)
class Book:
    """All levels that were told, as texts by exact price."""

    bids: Side = field(default_factory=dict)
    asks: Side = field(default_factory=dict)

    def change(self, bids: list[list[str]], asks: list[list[str]]) -> None:
        """Take absolute sizes."""
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for price, size in levels:
                if Decimal(size):
                    side[Decimal(price)] = (price, size)
                else:
                    side.pop(Decimal(price), None)

    def copy(self) -> "Book":
        """Return a book that changes on its own."""
        return Book(self.bids.copy(), self.asks.copy())

    def best(self, count: int) -> dict[str, list[tuple[str, str]]]:
        """Return the best levels of both sides as a snapshot lists them."""
        bids = sorted(self.bids, reverse=True)[:count]
        return {
            "bids": [self.bids[price] for price in bids],
            "asks": [self.asks[price] for price in sorted(self.asks)[:count]],
        }


def _change_back(now: Side, then: Side) -> list[tuple[str, str]]:
    """Return the changes that make a side what it was."""
    gone = [(text, _GONE) for price, (text, _) in now.items() if price not in then]
    return gone + [level for price, level in then.items() if now.get(price) != level]


@dataclass(slots=True)
class Recording:
    """One market's frames, from the first that its recorded snapshot is continued by.

    Attributes:
        base_id: update id that the first diff continues.
        frames: decoded, in the order of arrival.
    """

    market: str
    base_id: int = 0
    snapshot: dict[str, Any] = field(default_factory=dict)
    frames: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, market: str, *, diffs_only: bool) -> "Recording":
        """Read a market's captures.

        Raises:
            BenchmarkError: they are not there, or hold no snapshot that a diff continues.
        """
        recording = cls(market)
        frames = list(_lines(market))
        recording.snapshot = next((one for one in frames if "lastUpdateId" in one), {})
        snapshot_id = recording.snapshot.get("lastUpdateId", 0)
        diffs = [one["data"] for one in frames if "@depth" in one.get("stream", "")]
        first = next((one for one in diffs if one["U"] <= snapshot_id + 1 <= one["u"]), None)
        if first is None:
            raise BenchmarkError(
                f"captures of {market}: no diff continues a snapshot {snapshot_id}"
            )
        recording.base_id = first.get("pu", first["U"] - 1)
        wanted = ("@depth",) if diffs_only else ("@depth", "@bookTicker")
        recording.frames = [
            one
            for one in frames
            if any(name in one.get("stream", "") for name in wanted)
            and one["data"]["u"] > recording.base_id
        ]
        return recording

    def repeated(self, passes: int) -> Iterator[dict[str, Any]]:
        """Yield frames, one changed in place and yielded again: use each before the next."""
        diffs = [one["data"] for one in self.frames if "U" in one["data"]]
        last_id, first_ms = diffs[-1]["u"], diffs[0]["E"]
        ids, times_ms = last_id - self.base_id + 1, diffs[-1]["E"] - first_ms + PAUSE_MS
        for number in range(passes):
            if number:
                yield self._return(first_ms + number * times_ms - 1, last_id + (number - 1) * ids)
            for frame in self.frames:
                yield frame | {"data": _shifted(frame["data"], number * ids, number * times_ms)}

    def _return(self, time_ms: int, after_id: int) -> dict[str, Any]:
        """Return the diff that leads back to the snapshot."""
        began, ended = Book(), Book()
        for book in (began, ended):
            book.change(self.snapshot["bids"], self.snapshot["asks"])
        diffs = [one for one in self.frames if "U" in one["data"]]
        for diff in diffs:
            ended.change(diff["data"]["b"], diff["data"]["a"])
        changed = {
            "E": time_ms,
            "U": after_id + 1,
            "u": after_id + 1,
            "b": _change_back(ended.bids, began.bids),
            "a": _change_back(ended.asks, began.asks),
        }
        original = diffs[0]["data"]
        times = {"T": time_ms} if "T" in original else {}
        previous = {"pu": after_id} if "pu" in original else {}
        return diffs[0] | {"data": original | changed | times | previous}


def _lines(market: str) -> Iterator[dict[str, Any]]:
    for name in _FILES[market]:
        try:
            with gzip.open(CAPTURES / name) as lines:
                for line in lines:
                    yield json.loads(line.partition(b" ")[2])
        except OSError as error:
            raise BenchmarkError(
                f"captures of {market}: {error}; set TIDEMARK_CAPTURES to their folder"
            ) from error


def _shifted(data: dict[str, Any], ids: int, times_ms: int) -> dict[str, Any]:
    shifts = {"u": ids, "U": ids, "pu": ids, "E": times_ms, "T": times_ms}
    return data | {name: data[name] + by for name, by in shifts.items() if name in data}
