"""The journal is what the market really did, whatever the clients got of it."""

import asyncio
import json
from itertools import islice

import pytest

from simulator.binance.venues import Market
from simulator.captures.feed import CaptureFeed
from simulator.engine.faults import parse_faults
from simulator.engine.journal import Journal
from simulator.errors import SimulatorError
from simulator.synthetic.feed import SyntheticFeed
from tests.contract.simulator.running import connected, control, finished, running
from tests.support.simulated_exchange import (
    START_MS,
    STREAM,
    ScriptedFeed,
    trade_frame,
    trades_feed,
)

BOTH = tuple(Market)


def _read(folder):
    feed = CaptureFeed([folder], BOTH)
    assert feed.skipped == 0
    return list(feed.frames())


async def _journal_of(feed, folder, *faults, **settings):
    """The frames that a run's journal tells, when the feed has ended."""
    specs = tuple(parse_faults(json.dumps(faults)))
    options = {"start_on_subscribe": False, "journal": folder, "faults": specs} | settings
    async with running(feed, **options) as simulator:
        await finished(simulator)
    return _read(folder)


def _seen(frames):
    return [(frame.due_ms, frame.stream, frame.symbol, frame.trade) for frame in frames]


async def test_every_frame_of_every_stream_of_both_markets_is_in_it_though_nobody_listens(tmp_path):
    feed = SyntheticFeed(["BTCUSDT", "币安人生USDT"], 5, START_MS, BOTH)
    script = list(islice(feed.frames(), 3_000))
    found = await _journal_of(_Played(feed, script), tmp_path)
    for market in BOTH:
        told = [frame for frame in found if frame.market is market]
        happened = [frame for frame in script if frame.market is market]
        assert _seen(told) == _seen(happened)
        assert [each.payload for each in told if each.stream] == [
            each.payload for each in happened if each.stream
        ]


async def test_a_book_begins_with_the_snapshot_of_its_own_symbol(tmp_path):
    feed = SyntheticFeed(["BTCUSDT", "ETHUSDT"], 5, START_MS)
    script = list(islice(feed.frames(), 10))
    found = await _journal_of(_Played(feed, script), tmp_path)
    first = [frame for frame in found if not frame.stream]
    assert [frame.symbol for frame in first] == ["BTCUSDT", "ETHUSDT"]
    for frame, made in zip(first, script, strict=False):
        assert json.loads(frame.payload) == json.loads(made.payload) | {"symbol": made.symbol}


async def test_faults_of_streams_leave_no_trace_in_it(tmp_path):
    faults = [
        {"kind": "drop", "count": 5},
        {"kind": "lag", "seconds": 2, "peak_seconds": 1},
        {"kind": "mistime", "count": 4, "after_frames": 9},
        {"kind": "absurd_id", "after_frames": 20},
        {"kind": "cut", "after_frames": 30},
    ]
    found = await _journal_of(trades_feed(60), tmp_path, *faults)
    assert _seen(found) == _seen(trades_feed(60).frames())


async def test_ids_that_begin_anew_and_a_symbol_that_goes_are_shown(tmp_path):
    script = ScriptedFeed(
        tuple(
            trade_frame(number, START_MS + 200 * number, symbol)
            for number in range(1, 11)
            for symbol in ("BTCUSDT", "ETHUSDT")
        )
    )
    at_ms = {"at_event_time_ms": START_MS + 1_100}
    reset = {"kind": "reset_ids", "symbol": "BTCUSDT", **at_ms}
    delist = {"kind": "delist", "symbol": "ETHUSDT", **at_ms}
    found = await _journal_of(script, tmp_path, reset, delist)
    ids = {
        symbol: [frame.trade.trade_id for frame in found if frame.trade and frame.symbol == symbol]
        for symbol in ("BTCUSDT", "ETHUSDT")
    }
    assert ids == {"BTCUSDT": [*range(1, 6), *range(1, 6)], "ETHUSDT": list(range(1, 6))}
    notes = [json.loads(frame.payload) for frame in found if frame.stream == "!simulator"]
    assert [(note["e"], note["s"]) for note in notes] == [
        ("reset_ids", "BTCUSDT"),
        ("delist", "ETHUSDT"),
    ]


async def test_a_journal_can_be_read_within_a_second_while_the_market_goes_on(tmp_path):
    settings = {"speed": 1.0, "journal": tmp_path}
    async with running(trades_feed(400), **settings) as simulator:
        async with connected(simulator, f"/stream?streams={STREAM}") as socket:
            for _ in range(50):
                await socket.recv()
        await asyncio.sleep(1.0)
        status = await control(simulator, "GET", "status")
        found = list(CaptureFeed([tmp_path]).frames())
    assert not status["finished"]
    assert len(found) >= 50
    assert _seen(found) == _seen(islice(trades_feed(400).frames(), len(found)))


async def test_two_runs_of_one_start_have_a_file_each(tmp_path):
    for _ in range(2):
        await _journal_of(trades_feed(5), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_is_none_is_refused_by_name(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(SimulatorError, match="taken: expected a folder"):
        Journal(tmp_path / "taken", START_MS)


class _Played:
    """The beginning of a feed, as one that ends."""

    def __init__(self, feed, script):
        self.rules, self.start_ms, self.streams = feed.rules, feed.start_ms, feed.streams
        self.frames_total, self._script = len(script), script

    def frames(self):
        return iter(self._script)
