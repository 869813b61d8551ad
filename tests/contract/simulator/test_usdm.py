"""USD-M next to spot on one port: categories, limits, REST below its own root."""

import asyncio
import json

import aiohttp
import pytest
import websockets

from simulator.binance.venues import Market
from simulator.captures.feed import CaptureFeed
from simulator.engine.config import USDM_LIMITS
from tests.contract.simulator.running import ask, connected, control, drained, finished, running
from tests.support.simulated_exchange import CAPTURES, START_MS, needs_captures
from tests.support.usdm_exchange import FIRST_ID, write_both

NAMES = "btcusdt@trade/btcusdt@depth@100ms/btcusdt@aggTrade"


@pytest.fixture
def both(tmp_path):
    return CaptureFeed([write_both(tmp_path)], tuple(Market))


async def _frames(socket) -> list[dict]:
    """What a combined connection gets until nothing more comes."""
    frames = []
    try:
        while True:
            frames.append(json.loads(await asyncio.wait_for(socket.recv(), 0.3)))
    except TimeoutError:
        return frames


async def _fapi(simulator, path, **options):
    url = f"{simulator.rest_url}/fapi/v1/{path}"
    async with aiohttp.request("GET", url, **options) as response:
        return response.status, response.headers, json.loads(await response.read())


@pytest.mark.parametrize(
    ("root", "streams"),
    [
        ("", {"btcusdt@trade": 5}),
        ("/public", {"btcusdt@trade": 3, "btcusdt@depth@100ms": 3}),
        ("/market", {"btcusdt@aggTrade": 1}),
        ("/private", {}),
    ],
)
async def test_a_connection_serves_its_category_and_is_silent_on_the_others(both, root, streams):
    path = f"{root}/stream?streams={NAMES}"
    async with (
        running(both) as simulator,
        connected(simulator, path) as socket,
        # One that is served starts the clock, so that silence means silence.
        connected(simulator, "/ws/btcusdt@trade"),
    ):
        names = [frame["stream"] for frame in await _frames(socket)]
    assert {name: names.count(name) for name in names} == streams


async def test_raw_paths_give_bare_payloads_with_the_exchanges_text(both):
    async with running(both) as simulator, connected(simulator, "/public/ws/btcusdt@trade") as raw:
        frames = [json.loads(await raw.recv()) for _ in range(3)]
    assert [frame["t"] - FIRST_ID for frame in frames] == [0, 1, 2]
    assert (frames[0]["p"], frames[0]["X"]) == ("61800.30", "MARKET")


async def test_a_stream_of_the_wrong_category_is_acknowledged_and_starts_nothing(both):
    async with running(both) as simulator, connected(simulator, "/market/ws") as socket:
        names = ["btcusdt@trade", "public/btcusdt@trade"]
        answer = await ask(socket, method="SUBSCRIBE", params=names, id=1)
        assert answer == {"result": None, "id": 1}
        await asyncio.sleep(0.1)
        assert not (await control(simulator, "GET", "status"))["started"]


async def test_no_name_on_spot_reaches_usdm(both):
    async with running(both) as simulator, connected(simulator, "/ws") as socket:
        names = ["public/btcusdt@trade", "btcusdt@trade"]
        await ask(socket, method="SUBSCRIBE", params=names, id=1)
        assert all("X" not in frame for frame in await _frames(socket))


async def test_status_and_faults_name_streams_with_their_path(both):
    fault = {"kind": "drop", "stream": "public/btcusdt@trade", "count": 2}
    async with running(both) as simulator:
        await control(simulator, "POST", "faults", fault)
        path = "/stream?streams=btcusdt@trade"
        async with (
            connected(simulator, f"/public{path}") as usdm,
            connected(simulator, path) as spot,
        ):
            counts = len(await _frames(usdm)), len(await _frames(spot))
            status = await control(simulator, "GET", "status")
    assert status["subscriptions"] == {"btcusdt@trade": 1, "public/btcusdt@trade": 1}
    assert counts[0] == 1
    assert status["usdm_trades"]["BTCUSDT"]["count"] == 2
    assert status["trades"]["BTCUSDT"]["count"] == 5


async def test_ten_messages_a_second_are_allowed_and_errors_are_nested(both):
    assert (USDM_LIMITS.ping_seconds, USDM_LIMITS.pong_seconds) == (180, 600)
    async with running(both) as simulator, connected(simulator, "/public/ws") as socket:
        for number in range(9):
            await socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        await socket.send("{}")
        answers = [json.loads(await socket.recv()) for _ in range(10)]
        assert answers[-1]["error"]["code"] == 2
        await socket.send("{}")
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await drained(socket)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "Too many requests")


async def test_rest_has_a_root_and_a_budget_of_its_own(both):
    async with running(both, start_on_subscribe=False) as simulator:
        await finished(simulator)
        status, headers, book = await _fapi(simulator, "depth?symbol=BTCUSDT&limit=1000")
        _, later, now = await _fapi(simulator, "time")
        limits = (await _fapi(simulator, "exchangeInfo"))[2]["rateLimits"]
        async with aiohttp.request("GET", f"{simulator.rest_url}/api/v3/time") as spot:
            assert spot.headers["X-MBX-USED-WEIGHT-1M"] == "1"
    assert (status, headers["X-MBX-USED-WEIGHT-1M"]) == (200, "20")
    assert (later["X-MBX-USED-WEIGHT-1M"], limits[0]["limit"]) == ("21", 2400)
    assert (book["lastUpdateId"], book["T"]) == (130, START_MS + 49)
    assert book["bids"] == [["61800.20", "3.000"], ["61800.10", "4.000"]]
    assert book["asks"] == [["61800.50", "1.5"]]
    assert now["serverTime"] >= book["E"] >= START_MS + 50


async def test_a_market_that_holds_for_snapshots_goes_on_when_its_first_book_was_asked_for(both):
    path = "/public/stream?streams=btcusdt@depth@100ms"
    wanted = frozenset({"public/btcusdt@depth@100ms"})
    async with (
        running(both, start_streams=wanted, hold_for_snapshots=True) as simulator,
        connected(simulator, path) as socket,
    ):
        assert [frame["data"]["u"] for frame in await _frames(socket)] == [90]
        status, _, book = await _fapi(simulator, "depth?symbol=BTCUSDT&limit=1000")
        assert (status, book["lastUpdateId"]) == (200, 100)
        await finished(simulator)
        assert [frame["data"]["u"] for frame in await _frames(socket)] == [120, 130]


async def test_historical_trades_ask_for_a_key(both):
    path = "historicalTrades?symbol=BTCUSDT&limit=2"
    async with running(both, start_on_subscribe=False) as simulator:
        await finished(simulator)
        status, _, body = await _fapi(simulator, path)
        assert (status, body["code"]) == (401, -2014)
        _, _, rows = await _fapi(simulator, path, headers={"X-MBX-APIKEY": "any"})
    assert [row["id"] - FIRST_ID for row in rows] == [0, 1]


async def test_rest_faults_name_usdm_endpoints_with_their_root(both):
    fault = {"kind": "rest_error", "endpoint": "fapi/time", "status": 500}
    async with running(both) as simulator:
        await control(simulator, "POST", "faults", fault)
        async with aiohttp.request("GET", f"{simulator.rest_url}/api/v3/time") as spot:
            assert spot.status == 200
        assert (await _fapi(simulator, "time"))[0] == 500


@needs_captures
async def test_the_recorded_usdm_capture_arrives_whole_beside_spot():
    feed = CaptureFeed([CAPTURES], tuple(Market))
    recorded = [frame for frame in feed.frames() if frame.stream.startswith("public/")]
    names = "btcusdt@trade/btcusdt@bookTicker/btcusdt@depth@0ms"
    async with running(feed) as simulator:
        path = f"/public/ws/{names}"
        async with connected(simulator, path, max_queue=None, compression=None) as socket:
            for frame in recorded:
                assert await socket.recv(decode=False) == frame.payload
        await finished(simulator)
        _, _, book = await _fapi(simulator, "depth?symbol=BTCUSDT&limit=5")
    assert len(recorded) == 93_953
    assert (book["lastUpdateId"], book["bids"][0]) == (5_123_135_475_514, ["61659.70", "1.486"])
