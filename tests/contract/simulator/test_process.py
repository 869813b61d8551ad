"""The command as a process: it starts, serves, and stops cleanly when told to."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE

import aiohttp
import pytest


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
