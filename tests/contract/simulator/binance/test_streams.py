"""The WebSocket side, through the client library that connectors use."""

import asyncio
import json

import pytest
import websockets

from simulator.captures.feed import CaptureFeed
from simulator.engine.config import ConnectionLimits
from tests.contract.simulator.running import (
    ask,
    connected,
    control,
    drained,
    finished,
    played,
    running,
    trade_ids,
)
from tests.support.simulated_exchange import CAPTURES, STREAM, needs_captures, trades_feed

ALL = list(range(1, 51))


async def test_a_combined_connection_gets_every_frame_in_the_envelope():
    async with running() as simulator, connected(simulator, f"/stream?streams={STREAM}") as socket:
        assert await trade_ids(socket, 50) == ALL


async def test_a_percent_encoded_list_is_the_same_list():
    path = "/stream?streams=btcusdt%40trade%2Fethusdt%40trade"
    async with running() as simulator, connected(simulator, path) as socket:
        assert await trade_ids(socket, 50) == ALL


async def test_a_raw_connection_gets_bare_payloads():
    async with running() as simulator, connected(simulator, f"/ws/{STREAM}/x@trade") as socket:
        frames = [json.loads(await socket.recv()) for _ in range(50)]
    assert [frame["t"] for frame in frames] == ALL
    assert frames[0].keys() == set("eEstpqTmM")


async def test_microseconds_are_asked_for_in_the_url():
    path = f"/ws/{STREAM}?timeUnit=microsecond"
    async with running() as simulator, connected(simulator, path) as socket:
        assert json.loads(await socket.recv())["E"] > 10**15


async def test_subscribing_starts_the_clock_and_nonsense_does_not():
    async with running() as simulator, connected(simulator, "/ws") as socket:
        nonsense = await ask(socket, method="SUBSCRIBE", params=["BTCUSDT@trade"], id="n")
        assert nonsense == {"result": None, "id": "n"}
        await asyncio.sleep(0.1)
        assert not (await control(simulator, "GET", "status"))["started"]
        assert await ask(socket, method="SUBSCRIBE", params=[STREAM], id=2) == {
            "result": None,
            "id": 2,
        }
        assert json.loads(await socket.recv())["t"] == 1


async def test_a_clock_that_waits_for_streams_starts_when_the_last_one_is_wanted():
    wanted = frozenset({STREAM, "ethusdt@trade"})
    path = f"/stream?streams={STREAM}"
    async with running(start_streams=wanted) as simulator, connected(simulator, path) as first:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(first.recv(), 0.3)
        async with connected(simulator, "/ws/ethusdt@trade/x@trade"):
            assert await trade_ids(first, 50) == ALL


async def test_set_property_changes_the_envelope_of_a_living_connection():
    async with played(trades_feed(2000), f"/ws/{STREAM}", speed=10.0) as (_, socket):
        assert "stream" not in json.loads(await socket.recv())
        await ask(socket, method="SET_PROPERTY", params=["combined", True], id=1)
        assert json.loads(await socket.recv())["stream"] == STREAM


async def test_unsubscribed_streams_stop():
    async with played(trades_feed(2000), f"/stream?streams={STREAM}", speed=10.0) as (_, socket):
        await ask(socket, method="UNSUBSCRIBE", params=[STREAM], id=1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 0.3)


async def test_too_many_messages_close_with_1008():
    async with running() as simulator, connected(simulator, "/ws") as socket:
        for number in range(6):
            await socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await drained(socket)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "Too many requests")


async def test_too_many_streams_close_with_1008_after_the_error():
    names = [f"s{number}@trade" for number in range(1025)]
    async with running() as simulator, connected(simulator, "/ws") as socket:
        assert (await ask(socket, method="SUBSCRIBE", params=names, id=1))["code"] == 4
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.reason == "Invalid request"


async def test_a_client_that_answers_pings_stays_connected():
    limits = ConnectionLimits(ping_seconds=0.3, pong_seconds=0.5)
    async with running(limits=limits) as simulator, connected(simulator, "/ws") as socket:
        await asyncio.sleep(1.2)
        assert (await ask(socket, method="LIST_SUBSCRIPTIONS", id=1))["result"] == []


async def test_a_client_that_answers_no_ping_is_dropped():
    limits = ConnectionLimits(ping_seconds=0.1, pong_seconds=0.2)
    async with running(limits=limits) as simulator:
        reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        ping = await reader.readexactly(15)
        assert ping[:2] == bytes((0x89, 13))
        assert ping[2:].isdigit()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 3)
        writer.close()


async def test_a_connection_is_cut_at_its_age():
    limits = ConnectionLimits(lifetime_seconds=0.2)
    async with running(limits=limits) as simulator, connected(simulator, "/ws") as socket:
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 3)


async def test_the_exchange_goes_on_without_its_client():
    async with running(trades_feed(200), speed=10.0) as simulator:
        async with connected(simulator, f"/stream?streams={STREAM}") as socket:
            await trade_ids(socket, 5)
        status = await asyncio.wait_for(finished(simulator), 5)
    assert status["trades"]["BTCUSDT"] == {"first_id": 1, "last_id": 200, "count": 200}


async def test_a_started_exchange_needs_no_client():
    async with running(start_on_subscribe=False) as simulator:
        status = await asyncio.wait_for(finished(simulator), 5)
    assert status["trades"]["BTCUSDT"]["count"] == 50


@needs_captures
async def test_the_recorded_capture_arrives_whole_and_exactly_as_recorded():
    feed = CaptureFeed([CAPTURES])
    path = f"/stream?streams={'/'.join(sorted(feed.streams))}"
    recorded = [frame for frame in feed.frames() if frame.stream]
    async with running(feed) as simulator:
        async with connected(simulator, path, max_queue=None, compression=None) as socket:
            for frame in recorded:
                text = b'{"stream":"%s","data":%s}' % (frame.stream.encode(), frame.payload)
                assert await socket.recv(decode=False) == text
        status = await control(simulator, "GET", "status")
    assert status["position"] == {"frames_sent": 99_574, "frames_total": 99_574}
    assert status["trades"]["BTCUSDT"]["count"] == 19_904
