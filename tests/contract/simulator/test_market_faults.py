"""What changes the market itself: ids that begin anew, a symbol that goes. All doors agree."""

import json
from itertools import pairwise

import pytest

from simulator.binance.venues import Market
from simulator.engine.faults import parse_faults
from simulator.synthetic.feed import SyntheticFeed
from tests.contract.simulator.running import connected, control, played, rest, running, trade_ids
from tests.support.simulated_exchange import START_MS, STREAM, trades_feed

RESET = {"kind": "reset_ids", "symbol": "BTCUSDT", "at_event_time_ms": START_MS + 1_005}
PATH = f"/stream?streams={STREAM}"


@pytest.mark.parametrize("first_id", [0, 1])
async def test_ids_begin_anew_in_frames_and_rest_alike(first_id):
    faults = tuple(parse_faults(json.dumps(RESET | {"first_id": first_id})))
    async with played(trades_feed(50, step_ms=100), PATH, faults=faults) as (simulator, socket):
        frames = [json.loads(await socket.recv())["data"] for _ in range(50)]
        _, _, rows = await rest(simulator, "historicalTrades?symbol=BTCUSDT&fromId=0&limit=1000")
        _, _, ticker = await rest(simulator, "ticker/24hr?symbol=BTCUSDT")
    ids = [frame["t"] for frame in frames]
    assert ids == [*range(1, 11), *range(first_id, first_id + 40)]
    assert [frame["T"] for frame in frames] == [START_MS + 100 * n for n in range(1, 51)]
    assert [(row["id"], row["time"]) for row in rows] == [
        (frame["t"], frame["T"]) for frame in frames[10:]
    ]
    assert (ticker["firstId"], ticker["lastId"]) == (first_id, first_id + 39)


def _last_id(data):
    """The newest trade id that an event tells."""
    kinds = {"kline": data.get("k", {}).get("L"), "24hrTicker": data.get("L")}
    return kinds.get(data["e"], data.get("l"))


async def test_aggregates_tickers_and_candles_follow_the_new_ids():
    feed = SyntheticFeed(["BTCUSDT"], 3, START_MS, activity=3.0)
    names = ("trade", "aggTrade", "ticker", "kline_1s")
    path = "/stream?streams=" + "/".join(f"btcusdt@{name}" for name in names)
    faults = tuple(parse_faults(json.dumps(RESET)))
    trades, lasts = [], {}
    async with played(feed, path, faults=faults) as (simulator, socket):
        while len(lasts) < 3 or len(trades) < 200:
            data = json.loads(await socket.recv())["data"]
            if data["e"] == "trade":
                trades.append(data["t"])
            elif 1 in trades:
                lasts[data["e"]] = _last_id(data)
                assert _last_id(data) in trades
        _, _, rows = await rest(simulator, "aggTrades?symbol=BTCUSDT&fromId=1&limit=1000")
    reset = trades.index(1)
    assert trades[0] > 10**9
    assert trades[reset:] == list(range(1, len(trades) - reset + 1))
    assert max(lasts.values()) <= trades[-1]
    assert rows[0]["a"] == rows[0]["f"] == 1


async def test_aggregates_of_usdm_begin_anew_with_their_trades():
    feed = SyntheticFeed(["BTCUSDT"], 3, START_MS, [Market.USDM], activity=3.0)
    reset = {"kind": "reset_ids", "symbol": "BTCUSDT", "market": "usdm", "first_id": 0}
    faults = tuple(parse_faults(json.dumps(reset | {"at_event_time_ms": START_MS + 2_000})))
    path = "/market/stream?streams=btcusdt@aggTrade"
    async with played(feed, path, faults=faults) as (_, socket):
        rows = [json.loads(await socket.recv())["data"] for _ in range(60)]
    reset = [row["a"] for row in rows].index(0)
    before, after = rows[:reset], rows[reset:]
    assert [row["a"] for row in before] == list(range(1, reset + 1))
    assert [row["a"] for row in after] == list(range(60 - reset))
    assert after[0]["f"] == 0
    assert all(one["l"] + 1 == two["f"] for one, two in pairwise(after))
    assert before[-1]["l"] > 10**9


async def test_a_delisted_symbol_is_gone_from_every_door_for_good():
    feed = SyntheticFeed(["BTCUSDT", "ETHUSDT"], 3, START_MS)
    settings = {"speed": 5.0, "start_on_subscribe": False}
    path = "/stream?streams=btcusdt@trade/ethusdt@trade/ethusdt@bookTicker"
    async with running(feed, **settings) as simulator, connected(simulator, path) as socket:
        await socket.recv()
        delist = {"kind": "delist", "symbol": "ETHUSDT"}
        await control(simulator, "POST", "faults", delist)
        assert await control(simulator, "DELETE", "faults") == {"faults": []}
        for path in ("historicalTrades", "depth", "ticker/24hr", "exchangeInfo"):
            status, _, body = await rest(simulator, f"{path}?symbol=ETHUSDT")
            assert (status, body["code"]) == (400, -1121)
        listed = (await rest(simulator, "exchangeInfo"))[2]["symbols"]
        told = (await rest(simulator, "ticker/24hr"))[2]
        assert [[row["symbol"] for row in rows] for rows in (listed, told)] == [["BTCUSDT"]] * 2
        now_ms = (await control(simulator, "GET", "status"))["clock_ms"]
        while json.loads(await socket.recv())["data"].get("E", 0) <= now_ms:
            pass
        streams = {json.loads(await socket.recv())["stream"] for _ in range(20)}
    assert streams == {"btcusdt@trade"}


async def test_a_delisting_may_concern_one_market():
    feed = SyntheticFeed(["BTCUSDT"], 3, START_MS, tuple(Market))
    async with running(feed, start_on_subscribe=False, speed=5.0) as simulator:
        delist = {"kind": "delist", "symbol": "BTCUSDT", "market": "usdm"}
        await control(simulator, "POST", "faults", delist)
        assert (await rest(simulator, "ticker/24hr?symbol=BTCUSDT"))[0] == 200
        status = await control(simulator, "GET", "status")
    assert list(status["trades"]) == ["BTCUSDT"]
    assert status["usdm_trades"] == {}


async def test_ids_that_begin_anew_and_a_dropped_frame_meet():
    drop = {"kind": "drop", "stream": STREAM, "count": 3, "at_event_time_ms": START_MS + 1_150}
    faults = tuple(parse_faults(json.dumps([drop, RESET])))
    async with played(trades_feed(30, step_ms=100), PATH, faults=faults) as (simulator, socket):
        ids = await trade_ids(socket, 27)
        _, _, rows = await rest(simulator, "historicalTrades?symbol=BTCUSDT&fromId=1")
    assert ids == [*range(1, 11), 1, *range(5, 21)]
    assert [row["id"] for row in rows] == list(range(1, 21))
