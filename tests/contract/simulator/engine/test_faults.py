"""Faults and status through the control API, as a chaos test uses them."""

import asyncio
import json

import pytest
import websockets

from simulator.engine.faults import parse_faults
from tests.contract.simulator.running import connected, control, rest, running, trade_ids
from tests.support.simulated_exchange import START_MS, STREAM, trades_feed

PATH = f"/stream?streams={STREAM}"
ALL = list(range(1, 51))


async def _received(simulator, count):
    async with connected(simulator, PATH) as socket:
        return await trade_ids(socket, count)


async def test_a_dropped_frame_has_happened_and_rest_tells_it():
    fault = {"kind": "drop", "stream": STREAM, "count": 3, "after_frames": 10}
    async with running() as simulator:
        await control(simulator, "POST", "faults", fault)
        assert await _received(simulator, 47) == [*range(1, 11), *range(14, 51)]
        _, _, rows = await rest(simulator, "historicalTrades?symbol=BTCUSDT&fromId=11&limit=3")
        (row,) = (await control(simulator, "GET", "status"))["faults"]
    assert [each["id"] for each in rows] == [11, 12, 13]
    assert (row["state"], row["hits"]) == ("done", 3)


async def test_faults_from_the_start_hit_the_same_frames_every_time():
    text = '[{"kind":"duplicate","after_frames":4},{"kind":"reorder","after_frames":20}]'
    expected = [*range(1, 6), *range(5, 21), 22, 21, *range(23, 51)]
    for _ in range(2):
        async with running(faults=tuple(parse_faults(text))) as simulator:
            assert await _received(simulator, 51) == expected


async def test_a_delayed_frame_comes_later_by_exchange_time():
    at_ms = START_MS + 100
    fault = {"kind": "delay", "seconds": 0.05, "at_event_time_ms": at_ms}
    async with running() as simulator:
        await control(simulator, "POST", "faults", fault)
        assert await _received(simulator, 50) == [*range(1, 10), *range(11, 15), 10, *range(15, 51)]


async def test_a_corrupted_frame_is_no_json():
    async with running() as simulator:
        await control(simulator, "POST", "faults", {"kind": "corrupt"})
        async with connected(simulator, PATH) as socket:
            with pytest.raises(json.JSONDecodeError):
                json.loads(await socket.recv())
            assert await trade_ids(socket, 49) == ALL[1:]


async def test_a_silent_stream_stays_subscribed_and_speaks_again():
    fault = {
        "kind": "silence",
        "stream": STREAM,
        "seconds": 0.2,
        "at_event_time_ms": START_MS + 100,
    }
    async with running() as simulator:
        await control(simulator, "POST", "faults", fault)
        assert await _received(simulator, 30) == [*range(1, 10), *range(30, 51)]


async def test_a_cut_resets_clients_and_keeps_them_out_for_a_while():
    fault = {"kind": "cut", "seconds": 0.5, "after_frames": 20}
    async with running(trades_feed(400), speed=5.0) as simulator:
        await control(simulator, "POST", "faults", fault)
        async with connected(simulator, PATH) as socket:
            with pytest.raises(websockets.ConnectionClosedError):
                await trade_ids(socket, 400)
        with pytest.raises(websockets.InvalidStatus):
            await _received(simulator, 1)
        await asyncio.sleep(0.6)
        (resumed,) = await _received(simulator, 1)
        _, _, rows = await rest(simulator, "historicalTrades?symbol=BTCUSDT&fromId=1&limit=1000")
    assert resumed > 21
    assert [row["id"] for row in rows][:resumed] == list(range(1, resumed + 1))


async def test_an_immediate_cut_acts_before_the_answer():
    async with running(trades_feed(400)) as simulator, connected(simulator, "/ws") as socket:
        answer = await control(simulator, "POST", "faults", {"kind": "cut"})
        assert answer["faults"][0]["state"] == "done"
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.recv()


async def test_a_refused_handshake_has_the_status_asked_for():
    async with running() as simulator:
        await control(simulator, "POST", "faults", {"kind": "refuse", "status": 429, "count": 1})
        with pytest.raises(websockets.InvalidStatus) as refused:
            await _received(simulator, 1)
        assert refused.value.response.status_code == 429
        assert await _received(simulator, 50) == ALL


@pytest.mark.parametrize("path", ["/stream", "/ws"])
async def test_a_shutdown_is_announced_in_both_forms_and_then_happens(path):
    async with running() as simulator, connected(simulator, path) as socket:
        await control(simulator, "POST", "faults", {"kind": "shutdown", "lead_seconds": 0.1})
        event = json.loads(await socket.recv())
        if path == "/stream":
            assert event["stream"] == "!serverShutdown"
            event = event["data"]
        assert event["e"] == "serverShutdown"
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()


async def test_rest_fails_as_often_as_asked():
    fault = {"kind": "rest_error", "endpoint": "time", "status": 500, "count": 2}
    async with running() as simulator:
        await control(simulator, "POST", "faults", fault)
        statuses = [(await rest(simulator, "time"))[0] for _ in range(3)]
        assert statuses == [500, 500, 200]


async def test_deleted_faults_do_nothing_and_bad_ones_are_refused():
    async with running() as simulator:
        await control(simulator, "POST", "faults", [{"kind": "drop"}, {"kind": "duplicate"}])
        assert len((await control(simulator, "GET", "faults"))["faults"]) == 2
        assert await control(simulator, "DELETE", "faults") == {"faults": []}
        bad = await control(simulator, "POST", "faults", {"kind": "silence"})
        assert "expected seconds > 0" in bad["error"]
        assert await _received(simulator, 50) == ALL


async def test_status_tells_position_connections_and_subscriptions():
    async with running() as simulator:
        before = await control(simulator, "GET", "status")
        assert (before["started"], before["clock_ms"]) == (False, START_MS + 9)
        async with connected(simulator, PATH) as socket:
            await trade_ids(socket, 50)
            status = await control(simulator, "GET", "status")
    assert (status["connections"], status["subscriptions"]) == (1, {STREAM: 1})
    assert status["position"] == {"frames_sent": 50, "frames_total": 50}
    assert status["finished"]
