"""One connection of several is cut or loses frames; subscriptions are refused or not heard."""

import json

import pytest
import websockets

from tests.contract.simulator.running import ask, connected, control, running, trade_ids
from tests.support.simulated_exchange import STREAM, trades_feed

PATH = f"/stream?streams={STREAM}"
SILENT = "/stream?streams=nobody@trade"


@pytest.mark.parametrize(("connection", "cut"), [("oldest", 0), ("newest", 1), (2, 1)])
async def test_one_connection_is_cut_and_the_other_goes_on(connection, cut):
    async with (
        running() as simulator,
        connected(simulator, SILENT) as first,
        connected(simulator, SILENT) as second,
    ):
        sockets = [first, second]
        status = await control(simulator, "GET", "status")
        assert status["connection_numbers"] == [1, 2]
        await control(simulator, "POST", "faults", {"kind": "cut", "connection": connection})
        with pytest.raises(websockets.ConnectionClosedError):
            await sockets[cut].recv()
        answer = await ask(sockets[1 - cut], method="LIST_SUBSCRIPTIONS", id=1)
        assert answer["result"] == ["nobody@trade"]


async def test_a_cut_may_concern_the_connections_of_one_symbol():
    async with (
        running() as simulator,
        connected(simulator, "/stream?streams=ethusdt@trade") as other,
        connected(simulator, "/stream?streams=nobody@trade") as mine,
    ):
        cut = {"kind": "cut", "symbol": "NOBODY", "connection": "oldest"}
        await control(simulator, "POST", "faults", cut)
        with pytest.raises(websockets.ConnectionClosedError):
            await mine.recv()
        assert await ask(other, method="LIST_SUBSCRIPTIONS", id=1)


async def test_a_frame_that_one_connection_lacks_comes_on_the_other():
    drop = {"kind": "drop", "stream": STREAM, "count": 3, "connection": "newest"}
    awaited = frozenset({STREAM, "nobody@trade"})
    async with running(start_streams=awaited) as simulator, connected(simulator, PATH) as first:
        await control(simulator, "POST", "faults", drop)
        async with connected(simulator, f"{PATH}/nobody@trade") as second:
            ids = [await trade_ids(first, 50), await trade_ids(second, 47)]
    assert ids == [list(range(1, 51)), list(range(4, 51))]


async def test_a_subscription_is_refused_with_an_error_and_gets_no_data():
    async with running() as simulator, connected(simulator, "/stream") as socket:
        await control(simulator, "POST", "faults", {"kind": "subscribe_error"})
        await socket.send(json.dumps({"method": "SUBSCRIBE", "params": [STREAM], "id": 4}))
        answer = json.loads(await socket.recv())
        assert (answer["error"]["code"], answer["id"]) == (2, 4)
        assert await ask(socket, method="LIST_SUBSCRIPTIONS", id=5) == {"result": [], "id": 5}
        assert await ask(socket, method="SUBSCRIBE", params=[STREAM], id=6) == {
            "result": None,
            "id": 6,
        }
        assert await trade_ids(socket, 50) == list(range(1, 51))


async def test_a_long_subscription_is_not_heard_and_a_short_one_is():
    mute = {"kind": "subscribe_mute", "longest_bytes": 200}
    long = [f"nobody{number}@trade" for number in range(50)]
    async with running(trades_feed(3)) as simulator, connected(simulator, "/stream") as socket:
        await control(simulator, "POST", "faults", mute)
        for _ in range(2):
            await socket.send(json.dumps({"method": "SUBSCRIBE", "params": long, "id": 1}))
        answer = await ask(socket, method="SUBSCRIBE", params=[STREAM], id=2)
        assert answer == {"result": None, "id": 2}
        assert await trade_ids(socket, 3) == [1, 2, 3]
        (row,) = (await control(simulator, "GET", "status"))["faults"]
    assert (row["state"], row["hits"]) == ("active", 2)


async def test_a_fault_that_takes_no_connection_says_which_do():
    async with running() as simulator:
        answer = await control(
            simulator,
            "POST",
            "faults",
            {"kind": "lag", "connection": 1, "seconds": 1, "peak_seconds": 1},
        )
    assert "only cut, dead, drop, silence take one" in answer["error"]
