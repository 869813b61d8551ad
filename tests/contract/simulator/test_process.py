"""The command as a process that starts and stops cleanly; a market that is slowed down."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE

import aiohttp
import pytest

from simulator.binance.venues import Market
from simulator.synthetic.feed import SyntheticFeed
from tests.contract.simulator.running import running
from tests.support.simulated_exchange import START_MS

SPEED = 20.0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


async def _status(port: int) -> dict:
    for _ in range(200):
        try:
            url = f"http://127.0.0.1:{port}/control/status"
            async with aiohttp.request("GET", url) as response:
                return await response.json()
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
async def test_a_synthetic_market_runs_until_a_signal_and_ends_without_a_traceback(stop):
    port = _free_port()
    flags = ("--synthetic", "BTCUSDT,ETHUSDT", "--speed", "60", "--seed", "7")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", "--port", str(port), *flags, stdout=DEVNULL, stderr=PIPE
    )
    try:
        await _status(port)
        await asyncio.sleep(0.3)
        status = await _status(port)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"ws://127.0.0.1:{port}/ws/btcusdt@trade"),
        ):
            process.send_signal(stop)
            _, errors = await asyncio.wait_for(process.communicate(), 5)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert status["started"]
    assert status["trades"]["BTCUSDT"]["count"] > 50
    assert (process.returncode, b"Traceback" in errors) == (0, False)


async def _post(simulator, body: str):
    url = simulator.rest_url + "/control/pace"
    async with aiohttp.request("POST", url, data=body) as response:
        return response.status, await response.json()


async def _trades(simulator, seconds: float) -> int:
    counts = []
    for _ in range(2):
        async with aiohttp.request("GET", simulator.rest_url + "/control/status") as response:
            counts.append((await response.json())["trades"]["BTCUSDT"]["count"])
        await asyncio.sleep(seconds)
    return counts[1] - counts[0]


async def test_a_slower_market_trades_less_and_goes_on():
    market = SyntheticFeed(["BTCUSDT"], 1, START_MS, (Market.SPOT,))
    async with running(market, speed=SPEED, start_on_subscribe=False) as simulator:
        await asyncio.sleep(0.5)
        before = await _trades(simulator, 2)
        assert await _post(simulator, '{"factor": 0.02}') == (200, {"factor": 0.02})
        await asyncio.sleep(0.5)
        after = await _trades(simulator, 2)
    assert 0 < after < before / 4


@pytest.mark.parametrize("body", ['{"factor": 0}', '{"factor": "fast"}', "{}", '{"speed": 2}', "x"])
async def test_a_pace_that_cannot_be_is_one_clear_error(body: str):
    market = SyntheticFeed(["BTCUSDT"], 1, START_MS, (Market.SPOT,))
    async with running(market, speed=SPEED, start_on_subscribe=False) as simulator:
        status, answer = await _post(simulator, body)
    assert status == 400
    assert answer["error"].startswith('expected {"factor": NUMBER above 0}')
