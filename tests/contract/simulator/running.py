"""Running simulators for contract tests, and the clients that talk to them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import aiohttp
import websockets

from simulator.engine.clock import MAX_SPEED
from simulator.engine.config import SimulatorConfig
from simulator.engine.events import Feed, Trade
from simulator.server import Simulator
from tests.support.simulated_exchange import trades_feed


@asynccontextmanager
async def running(
    feed: Feed | None = None, past: Iterable[Trade] = (), **settings
) -> AsyncIterator[Simulator]:
    """A simulator on a free port, at full speed unless told otherwise."""
    config = SimulatorConfig(port=0, **({"speed": MAX_SPEED} | settings))
    async with Simulator(config, trades_feed(50) if feed is None else feed, past) as simulator:
        yield simulator


def connected(simulator: Simulator, path: str, **options):
    settings = {"proxy": None, "close_timeout": 0.2} | options
    return websockets.connect(simulator.websocket_url + path, **settings)


async def control(simulator: Simulator, method: str, path: str, body: object = None):
    """Call the control API; return the decoded answer."""
    url = f"{simulator.rest_url}/control/{path}"
    async with aiohttp.request(method, url, json=body) as response:
        return json.loads(await response.read())


async def rest(simulator: Simulator, path: str, **options):
    """Call REST; return status, headers and the decoded body."""
    url = f"{simulator.rest_url}/api/v3/{path}"
    async with aiohttp.request("GET", url, **options) as response:
        return response.status, response.headers, json.loads(await response.read())


@asynccontextmanager
async def played(feed: Feed, path: str, **settings):
    """A simulator and one client connected to it."""
    async with running(feed, **settings) as simulator, connected(simulator, path) as socket:
        yield simulator, socket


async def finished(simulator: Simulator) -> dict:
    """Wait for the last frame; return the status then."""
    while not (status := await control(simulator, "GET", "status"))["finished"]:
        await asyncio.sleep(0.05)
    return status


async def drained(socket) -> None:
    """Read until the connection ends."""
    while True:
        await socket.recv()


async def trade_ids(socket, count: int) -> list[int]:
    """The ids of the next trades of a combined connection."""
    return [json.loads(await socket.recv())["data"]["t"] for _ in range(count)]


async def ask(socket, **request):
    """Send a control message; return its answer, skipping data frames."""
    await socket.send(json.dumps(request))
    while True:
        answer = json.loads(await socket.recv())
        if "result" in answer or "code" in answer:
            return answer
