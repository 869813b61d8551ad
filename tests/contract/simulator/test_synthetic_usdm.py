"""A synthetic perpetual over the wire, and the simulator's own book to compare a client's with."""

import asyncio
import json
from itertools import pairwise

import aiohttp
import pytest

from simulator.binance.venues import Market
from simulator.synthetic.feed import SyntheticFeed
from tests.contract.simulator.running import connected, control, running
from tests.support.simulated_exchange import START_MS
from tests.support.synthetic_books import Book

DEPTH = "btcusdt@depth@100ms"
SPEED = 5.0


@pytest.fixture
def market():
    return SyntheticFeed(["BTCUSDT"], 1, START_MS, tuple(Market))


def _running(market):
    return running(market, speed=SPEED, start_on_subscribe=False)


async def _get(simulator, path):
    async with aiohttp.request("GET", simulator.rest_url + path) as response:
        return response.status, json.loads(await response.read())


async def _event(socket) -> dict:
    return json.loads(await socket.recv())


async def _book(simulator, root, socket, limit):
    """A client's book: the snapshot of REST and the first event that goes on from it."""
    event = await _event(socket)
    _, body = await _get(simulator, f"{root}/depth?symbol=BTCUSDT&limit={limit}")
    book = Book(body["lastUpdateId"], dict(body["bids"]), dict(body["asks"]))
    while event["u"] <= book.last_update_id:
        event = await _event(socket)
    book.apply(event)
    return book


@pytest.mark.parametrize(
    ("name", "root", "path", "limit"),
    [("usdm", "/fapi/v1", "/public/ws/", 1000), ("spot", "/api/v3", "/ws/", 5000)],
)
async def test_a_clients_book_has_the_best_levels_of_the_simulators_own(
    market, name, root, path, limit
):
    async with _running(market) as simulator, connected(simulator, path + DEPTH) as socket:
        book = await _book(simulator, root, socket, limit)
        matched = 0
        while matched < 3:
            _, own = await _get(simulator, f"/control/book?market={name}&symbol=BTCUSDT")
            while book.last_update_id < own["last_update_id"]:
                book.apply(await _event(socket))
            if book.last_update_id == own["last_update_id"]:
                bids, asks = ([tuple(level) for level in own[side]] for side in ("bids", "asks"))
                assert book.top(500)[1:] == (bids[:500], asks[:500])
                matched += 1


async def test_the_simulators_own_book_is_whole_and_ordered(market):
    async with _running(market) as simulator:
        while (answer := await _get(simulator, "/control/book?symbol=BTCUSDT"))[0] != 200:
            await asyncio.sleep(0.05)
    book = answer[1]
    assert (book["market"], book["symbol"]) == ("spot", "BTCUSDT")
    bids, asks = ([float(price) for price, _ in book[side]] for side in ("bids", "asks"))
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    assert min(len(bids), len(asks)) > 5000


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("symbol=NONE", 404, "spot symbol 'NONE': Invalid symbol."),
        ("market=coinm&symbol=BTCUSDT", 400, "expected spot or usdm, found 'coinm'"),
    ],
)
async def test_a_book_that_is_not_there_is_one_clear_error(market, query, status, error):
    async with _running(market) as simulator:
        answer = await _get(simulator, f"/control/book?{query}")
    assert answer[0] == status
    assert error in answer[1]["error"]


async def test_rest_lists_the_perpetual_and_knows_its_trades(market):
    async with _running(market) as simulator:
        path = "/market/ws/btcusdt@aggTrade"
        async with connected(simulator, path) as socket:
            streamed = [await _event(socket) for _ in range(20)]
        _, info = await _get(simulator, "/fapi/v1/exchangeInfo")
        first = streamed[0]["a"]
        _, rows = await _get(
            simulator, f"/fapi/v1/aggTrades?symbol=BTCUSDT&fromId={first}&limit=20"
        )
        _, trades = await _get(simulator, "/fapi/v1/trades?symbol=BTCUSDT&limit=5")
    (symbol,) = info["symbols"]
    assert (symbol["symbol"], symbol["quantityPrecision"]) == ("BTCUSDT", 3)
    assert symbol["filters"][0]["tickSize"] == "0.10"
    assert all(row.items() <= event.items() for row, event in zip(rows, streamed, strict=True))
    assert len(trades) == 5


async def test_faults_reach_a_synthetic_perpetual_by_its_address(market):
    fault = {"kind": "drop", "stream": f"public/{DEPTH}", "after_frames": 3, "count": 2}
    async with (
        _running(market) as simulator,
        connected(simulator, f"/public/ws/{DEPTH}") as usdm,
        connected(simulator, f"/ws/{DEPTH}") as spot,
    ):
        await control(simulator, "POST", "faults", fault)
        futures = [await _event(usdm) for _ in range(10)]
        spots = [await _event(spot) for _ in range(10)]
    breaks = [before["u"] != after["pu"] for before, after in pairwise(futures)]
    assert breaks.count(True) == 1
    assert all(after["U"] == before["u"] + 1 for before, after in pairwise(spots))
