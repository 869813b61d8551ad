"""A synthetic market that is slowed down while it runs."""

import asyncio

import aiohttp
import pytest

from simulator.binance.venues import Market
from simulator.synthetic.feed import SyntheticFeed
from tests.contract.simulator.running import running
from tests.support.simulated_exchange import START_MS

SPEED = 20.0


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
