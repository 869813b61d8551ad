"""The order book on recorded exchange streams, against the exchange's own best bid and ask.

A capture holds one snapshot of 1000 levels, and the price falls below its reach. The further
snapshots that a book asks for are cut from an independent rebuild that remembers everything.
"""

import gzip
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
import pytest

from market.books.checks import Audit, BookTicker, cross_check
from market.books.decisions import Applied, Decision, Resync, ResyncReason, Synced
from market.books.depth_updates import BookSnapshot, DepthDiff
from market.books.scaled_decimals import from_e8, to_e8
from market.books.sync import BookSync
from tests.support.depth import SYMBOL, NaiveBook
from tests.support.simulated_exchange import CAPTURES, needs_captures

pytestmark = needs_captures

SPOT = ("spot_btcusdt_20240808.gz", "spot_btcusdt_20240809.gz")
USDM = ("usdm_btcusdt_20240808.gz",)
LIMIT = 1000
DIFFS_IN_FLIGHT = 15
"""Diffs that come while a snapshot is on its way: 1.5 s at 100 ms."""
Frame = dict[str, Any]


@lru_cache
def frames(files: tuple[str, ...]) -> list[Frame]:
    """Diffs, book tickers and snapshots in the order received."""
    found = []
    for name in files:
        with gzip.open(CAPTURES / name) as lines:
            for line in lines:
                if b'@trade"' not in line:
                    frame = msgspec.json.decode(line.partition(b" ")[2])
                    found.append(frame.get("data", frame))
    return found


def read_diff(frame: Frame) -> DepthDiff:
    return DepthDiff.from_wire(
        frame["U"], frame["u"], frame.get("pu"), frame["E"], frame["b"], frame["a"]
    )


def read_snapshot(frame: Frame) -> BookSnapshot:
    return BookSnapshot.from_wire(frame["lastUpdateId"], frame["bids"], frame["asks"], 0, LIMIT)


def read_ticker(frame: Frame) -> BookTicker:
    return BookTicker.from_wire(frame["u"], frame["b"], frame["B"], frame["a"], frame["A"])


@dataclass
class Replay:
    """One capture played through a book, and what was seen on the way."""

    refreshed: bool
    sync: BookSync = field(default_factory=lambda: BookSync(SYMBOL))
    naive: NaiveBook = field(default_factory=NaiveBook)
    tickers: dict[int, BookTicker] = field(default_factory=dict)
    checked: int = 0
    applied: int = 0
    """Diffs applied one by one; those joined with the first snapshot come on top."""
    differences: list[tuple[str, ...]] = field(default_factory=list)
    resyncs: list[Resync] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    _in_flight: tuple[int, BookSnapshot] | None = None

    def play(self, files: tuple[str, ...]) -> "Replay":
        self.tickers = {frame["u"]: read_ticker(frame) for frame in frames(files) if "B" in frame}
        early: list[Frame] = []
        for frame in frames(files):
            if "lastUpdateId" in frame:
                self.naive.change(frame["bids"], frame["asks"])
                for diff in early:
                    if diff["u"] > frame["lastUpdateId"]:
                        self.naive.change(diff["b"], diff["a"])
                self.take(self.sync.on_snapshot(read_snapshot(frame)))
            elif "U" in frame:
                if self.naive.bids:
                    self.naive.change(frame["b"], frame["a"])
                else:
                    early.append(frame)
                self.take(self.sync.on_diff(read_diff(frame)))
                self.serve_snapshot(frame["u"])
        return self

    def serve_snapshot(self, update_id: int) -> None:
        """Answer a live book that needs a snapshot, some diffs later, as of when it asked."""
        if self._in_flight is not None:
            left, answer = self._in_flight
            self._in_flight = (left - 1, answer) if left else None
            if not left:
                self.take(self.sync.on_snapshot(answer))
        elif self.refreshed and self.sync.book is not None and self.sync.needs_snapshot:
            answer = BookSnapshot.from_wire(update_id, *self.naive.best(LIMIT), 0, LIMIT)
            self._in_flight = (DIFFS_IN_FLIGHT, answer)

    def take(self, decision: Decision) -> None:
        if isinstance(decision, Resync):
            self.resyncs.append(decision)
        if isinstance(decision, Synced) and decision.audit is not None:
            self.audits.append(decision.audit)
        if isinstance(decision, Applied):
            self.applied += 1
            self.check()

    def check(self) -> None:
        book = self.sync.book
        assert book is not None
        if (ticker := self.tickers.get(book.last_update_id)) is not None:
            self.checked += 1
            if differences := cross_check(book, ticker):
                self.differences.append(differences)


@lru_cache
def replay(files: tuple[str, ...], *, refreshed: bool) -> Replay:
    return Replay(refreshed).play(files)


def naive_range(played: Replay) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the independent rebuild's levels within the range that the book proves."""
    book = played.sync.book
    assert book is not None
    bids, asks = played.naive.best(1_000_000)
    return (
        [level for level in bids if book.bids.proves(to_e8(level[0]))],
        [level for level in asks if book.asks.proves(to_e8(level[0]))],
    )


@pytest.mark.parametrize(
    ("files", "applied", "compared"),
    [(SPOT, 6_492, 1_072), (USDM, 6_545, 629)],
    ids=["spot", "usdm"],
)
class TestRefreshed:
    def test_no_gap_no_cross_and_no_pause(
        self, files: tuple[str, ...], applied: int, compared: int
    ) -> None:
        played = replay(files, refreshed=True)
        assert played.resyncs == []
        assert played.applied == applied

    def test_the_top_equals_the_book_ticker_at_every_equal_update_id(
        self, files: tuple[str, ...], applied: int, compared: int
    ) -> None:
        played = replay(files, refreshed=True)
        assert played.differences == []
        assert played.checked == compared

    def test_the_final_book_equals_the_independent_rebuild(
        self, files: tuple[str, ...], applied: int, compared: int
    ) -> None:
        played = replay(files, refreshed=True)
        assert played.sync.book is not None
        bids, asks = played.sync.book.levels()
        shown = [
            [(from_e8(price), from_e8(size)) for price, size in levels] for levels in (bids, asks)
        ]
        assert shown == [*naive_range(played)]
        assert min(len(bids), len(asks)) > LIMIT / 2

    def test_every_snapshot_found_the_book_as_it_should_be(
        self, files: tuple[str, ...], applied: int, compared: int
    ) -> None:
        audits = replay(files, refreshed=True).audits
        assert audits
        assert {audit.match_percent for audit in audits} == {100.0}


@pytest.mark.parametrize("files", [SPOT, USDM], ids=["spot", "usdm"])
class TestOneSnapshot:
    def test_a_book_without_a_new_snapshot_stops_where_its_range_ends(
        self, files: tuple[str, ...]
    ) -> None:
        played = replay(files, refreshed=False)
        assert played.resyncs[0].reason is ResyncReason.RANGE_LOST
        assert {resync.reason for resync in played.resyncs[1:]} <= {ResyncReason.OVERFLOW}

    def test_what_it_published_until_then_equals_the_book_ticker(
        self, files: tuple[str, ...]
    ) -> None:
        played = replay(files, refreshed=False)
        assert played.differences == []
        assert played.checked > 100
