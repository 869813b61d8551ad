"""The official client works against the simulator as against the exchange."""

import asyncio
import json
import threading
from collections.abc import Callable

import pytest
from binance.error import ClientError
from binance.spot import Spot
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient

from simulator.captures.feed import CaptureFeed
from simulator.engine.faults import parse_faults
from tests.contract.simulator.running import connected, finished, running, trade_ids
from tests.support.simulated_exchange import CAPTURES, START_MS, STREAM, needs_captures, trades_feed


async def _call(simulator, use: Callable[[Spot], object]):
    """Use the blocking client in a thread, as its own program would."""

    def call():
        client = Spot(base_url=simulator.rest_url, timeout=5)
        with client.session:
            return use(client)

    return await asyncio.to_thread(call)


async def _played(simulator, count=50):
    async with connected(simulator, f"/stream?streams={STREAM}") as socket:
        return await trade_ids(socket, count)


async def test_time_and_exchange_info():
    async with running() as simulator:
        assert await _call(simulator, lambda client: client.time()) == {"serverTime": START_MS + 9}
        info = await _call(simulator, lambda client: client.exchange_info(symbol="BTCUSDT"))
    assert info["symbols"][0]["baseAsset"] == "BTC"
    filters = {each["filterType"]: each for each in info["symbols"][0]["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"


async def test_historical_trades_fill_any_gap():
    async with running() as simulator:
        await _played(simulator)
        rows = await _call(
            simulator, lambda client: client.historical_trades("BTCUSDT", fromId=20, limit=10)
        )
    assert [row["id"] for row in rows] == list(range(20, 30))


async def test_aggregate_trades_and_klines():
    async with running(trades_feed(100, step_ms=1000)) as simulator:
        await _played(simulator, 100)
        aggregates = await _call(simulator, lambda client: client.agg_trades("BTCUSDT", limit=3))
        minutes = await _call(simulator, lambda client: client.klines("BTCUSDT", "1m"))
        seconds = await _call(simulator, lambda client: client.klines("BTCUSDT", "1s"))
    assert [row["l"] for row in aggregates] == [98, 99, 100]
    assert sum(row[8] for row in minutes) == sum(row[8] for row in seconds) == 100


async def test_errors_are_the_clients_own():
    async with running() as simulator:
        with pytest.raises(ClientError) as caught:
            await _call(simulator, lambda client: client.klines("NOSUCH", "1m"))
    assert (caught.value.status_code, caught.value.error_code) == (400, -1121)


async def test_tickers_tell_the_newest_ids_whatever_frames_were_lost():
    lost = {"kind": "drop", "stream": STREAM, "count": 5, "after_frames": 45}
    async with running(faults=tuple(parse_faults(json.dumps(lost)))) as simulator:
        assert await _played(simulator, 45) == list(range(1, 46))
        await finished(simulator)
        one = await _call(simulator, lambda client: client.ticker_24hr("BTCUSDT"))
        several = await _call(
            simulator, lambda client: client.ticker_24hr(symbols=["BTCUSDT"], type="MINI")
        )
        everything = await _call(simulator, lambda client: client.ticker_24hr())
        with pytest.raises(ClientError) as refused:
            await _call(simulator, lambda client: client.ticker_24hr(symbols=["BTCUSDT", "NONE"]))
    assert [row["lastId"] for row in (one, *several, *everything)] == [50, 50, 50]
    assert (refused.value.status_code, refused.value.error_code) == (400, -1121)


@needs_captures
async def test_a_whole_capture_can_be_fetched_by_pages():
    async with running(CaptureFeed([CAPTURES]), start_on_subscribe=False) as simulator:
        await finished(simulator)

        def fetch(client: Spot) -> list[int]:
            ids, from_id = [], 3_735_683_259
            while page := client.historical_trades("BTCUSDT", fromId=from_id, limit=1000):
                ids += [row["id"] for row in page]
                from_id = ids[-1] + 1
            return ids

        ids = await _call(simulator, fetch)
        book = await _call(simulator, lambda client: client.depth("BTCUSDT", limit=5))
    assert ids == list(range(3_735_683_259, 3_735_703_163))
    assert len(book["bids"]) == len(book["asks"]) == 5


async def test_its_websocket_client_subscribes_and_receives():
    received: list[dict] = []
    enough = threading.Event()

    def on_message(_client, text: str) -> None:
        received.append(json.loads(text))
        if len(received) > 50:
            enough.set()

    def use(url: str) -> None:
        client = SpotWebsocketStreamClient(stream_url=url, on_message=on_message, is_combined=True)
        client.trade(symbol="btcusdt")
        enough.wait(5)
        client.stop()
        client.socket_manager.ws.shutdown()  # it leaves its socket open

    async with running() as simulator:
        await asyncio.to_thread(use, simulator.websocket_url)
    data = [each["data"]["t"] for each in received if each.get("stream") == STREAM]
    assert data == list(range(1, 51))
    assert sum("result" in each for each in received) == 1
