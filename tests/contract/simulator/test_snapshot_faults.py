"""What goes wrong with book snapshots, beside a synthetic market's streams."""

import asyncio
import json
import time

from simulator.synthetic.feed import SyntheticFeed
from tests.contract.simulator.running import connected, control, rest, running
from tests.support.simulated_exchange import START_MS
from tests.support.synthetic_books import Book

DEPTH = "depth?symbol=BTCUSDT&limit=1000"


def _market(**settings):
    feed = SyntheticFeed(["BTCUSDT"], 1, START_MS)
    return running(feed, **({"speed": 5.0, "start_on_subscribe": False} | settings))


async def test_a_client_rebuilds_the_book_from_a_snapshot_and_the_diffs_after_it():
    path = "/ws/btcusdt@depth@100ms/btcusdt@depth20@100ms"
    async with _market() as simulator, connected(simulator, path) as socket:
        events = [json.loads(await socket.recv())]
        _, headers, body = await rest(simulator, DEPTH)
        assert headers["X-MBX-USED-WEIGHT-1M"] == "50"
        assert len(body["bids"]) == len(body["asks"]) == 1000
        events += [json.loads(await socket.recv()) for _ in range(60)]
    sides = (dict(map(tuple, body[side])) for side in ("bids", "asks"))
    book, compared = Book(body["lastUpdateId"], *sides), 0
    for event in events:
        if event.get("u", 0) > book.last_update_id:
            book.apply(event)
        elif event.get("lastUpdateId") == book.last_update_id:
            shown = [[list(level) for level in side] for side in book.top(20)[1:]]
            assert shown == [event["bids"], event["asks"]]
            compared += 1
    assert compared > 10


async def test_a_stale_snapshot_is_the_book_of_the_moment_when_the_fault_was_set():
    async with _market() as simulator:
        await asyncio.sleep(0.1)
        _, _, before = await rest(simulator, DEPTH)
        await control(simulator, "POST", "faults", {"kind": "stale_snapshot", "count": 2})
        async with connected(simulator, "/ws/btcusdt@depth@100ms") as socket:
            first_buffered = json.loads(await socket.recv())
            await asyncio.sleep(0.2)
            stale = [(await rest(simulator, DEPTH))[2]["lastUpdateId"] for _ in range(2)]
            _, _, fresh = await rest(simulator, DEPTH)
    assert stale[0] == stale[1] < first_buffered["U"] + 1
    assert before["lastUpdateId"] <= stale[0] < fresh["lastUpdateId"]


async def test_a_slow_snapshot_is_already_old_when_it_arrives():
    async with _market() as simulator:
        await control(simulator, "POST", "faults", {"kind": "slow_snapshot", "seconds": 0.4})
        asked_s = time.monotonic()
        slow, (_, _, prompt) = await asyncio.gather(
            rest(simulator, DEPTH), _later(rest, simulator, DEPTH)
        )
        assert time.monotonic() - asked_s >= 0.4
    assert slow[2]["lastUpdateId"] < prompt["lastUpdateId"]


async def _later(call, *arguments):
    await asyncio.sleep(0.2)
    return await call(*arguments)


async def test_a_refused_snapshot_says_when_to_ask_again():
    faults = [
        {"kind": "rest_error", "endpoint": "depth", "status": 429, "retry_after_seconds": 7},
        {"kind": "rest_error", "endpoint": "depth", "status": 418, "retry_after_seconds": 120},
    ]
    async with _market() as simulator:
        await control(simulator, "POST", "faults", faults)
        answers = [await rest(simulator, DEPTH) for _ in range(3)]
    assert [status for status, *_ in answers] == [429, 418, 200]
    told = [headers.get("Retry-After") for _, headers, _ in answers]
    assert told == ["7", "120", None]
