"""REST over HTTP: weights, limits, and agreement with what was streamed."""

import asyncio

from simulator.captures.feed import CaptureFeed
from simulator.synthetic.feed import SyntheticFeed
from tests.contract.simulator.running import connected, finished, played, rest, running, trade_ids
from tests.support.simulated_exchange import CAPTURES, START_MS, STREAM, needs_captures, trades_feed


async def test_only_what_has_happened_is_visible():
    async with running(trades_feed(100, step_ms=1000)) as simulator:
        _, _, rows = await rest(simulator, "trades?symbol=BTCUSDT")
        assert rows == []
        async with connected(simulator, f"/stream?streams={STREAM}") as socket:
            await trade_ids(socket, 100)
        _, _, rows = await rest(simulator, "trades?symbol=BTCUSDT")
    assert [row["id"] for row in rows] == list(range(1, 101))


async def test_rest_is_never_ahead_of_the_stream_nor_the_clock_ahead_of_rest():
    path = f"/stream?streams={STREAM}"
    # Long enough that a busy machine does not reach its end, after which time goes on alone.
    async with played(trades_feed(3_000), path, speed=5.0) as (simulator, socket):
        await trade_ids(socket, 1)
        for _ in range(10):
            _, _, now = await rest(simulator, "time")
            _, _, rows = await rest(simulator, "trades?symbol=BTCUSDT&limit=1000")
            assert rows[-1]["id"] >= (now["serverTime"] - START_MS) // 10
            await asyncio.sleep(0.02)


async def test_time_goes_on_after_the_last_frame():
    async with running(start_on_subscribe=False, idle_speed=100.0) as simulator:
        await asyncio.sleep(0.1)
        _, _, first = await rest(simulator, "time")
        await asyncio.sleep(0.2)
        _, _, later = await rest(simulator, "time")
    assert first["serverTime"] >= START_MS + 500
    assert 15_000 < later["serverTime"] - first["serverTime"] < 60_000


async def test_used_weight_is_told_and_too_much_is_429_then_418():
    async with running(rate_scale=0.01) as simulator:
        status, headers, _ = await rest(simulator, "historicalTrades?symbol=BTCUSDT")
        assert (status, headers["X-MBX-USED-WEIGHT-1M"]) == (200, "25")
        statuses = []
        for _ in range(30):
            status, headers, body = await rest(simulator, "historicalTrades?symbol=BTCUSDT")
            statuses.append(status)
    assert statuses[:2] == [200, 429]
    assert (statuses[-1], body["code"]) == (418, -1003)
    assert 0 < int(headers["Retry-After"]) <= 120


async def test_errors_have_the_exchanges_body_and_cost_weight():
    async with running() as simulator:
        status, headers, body = await rest(simulator, "klines?symbol=NOSUCH&interval=1m")
    assert (status, body) == (400, {"code": -1121, "msg": "Invalid symbol."})
    assert headers["X-MBX-USED-WEIGHT-1M"] == "2"


async def test_the_time_unit_of_an_answer_is_a_header():
    async with running() as simulator:
        unit = {"X-MBX-TIME-UNIT": "MICROSECOND"}
        _, _, body = await rest(simulator, "time", headers=unit)
        assert body["serverTime"] > 10**15
        status, _, body = await rest(simulator, "time", headers={"X-MBX-TIME-UNIT": "HOUR"})
        assert (status, body["code"]) == (400, -1194)


@needs_captures
async def test_the_recorded_book_at_the_end_equals_the_recorded_best_prices():
    feed = CaptureFeed([CAPTURES])
    async with running(feed, start_on_subscribe=False) as simulator:
        await finished(simulator)
        status, headers, book = await rest(simulator, "depth?symbol=BTCUSDT&limit=1000")
    assert (status, headers["X-MBX-USED-WEIGHT-1M"]) == (200, "50")
    assert book["lastUpdateId"] == 50_093_696_318
    assert (book["bids"][0], book["asks"][0]) == (
        ["61602.01000000", "1.67177000"],
        ["61602.02000000", "2.66795000"],
    )


async def test_the_past_of_a_synthetic_market_is_told_by_id_and_by_time():
    feed = SyntheticFeed(["BTCUSDT"], 7, START_MS)
    past = list(feed.past(0.1))
    async with running(feed, past) as simulator:
        by_id = f"historicalTrades?symbol=BTCUSDT&fromId={past[3].trade_id}&limit=2"
        _, _, rows = await rest(simulator, by_id)
        assert [(row["id"], row["time"]) for row in rows] == [
            (trade.trade_id, trade.time_ms) for trade in past[3:5]
        ]
        start_ms = past[500].time_ms
        by_time = f"aggTrades?symbol=BTCUSDT&startTime={start_ms}&limit=1"
        _, _, (aggregate,) = await rest(simulator, by_time)
        first = next(trade for trade in past if trade.time_ms >= start_ms)
        assert (aggregate["f"], aggregate["T"]) == (first.trade_id, first.time_ms)
