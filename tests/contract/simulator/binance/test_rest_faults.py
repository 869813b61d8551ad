"""REST that is slow, refuses, or answers with pages that no client expects."""

import asyncio
import time

import aiohttp
import pytest

from tests.contract.simulator.running import control, finished, rest, running
from tests.support.simulated_exchange import START_MS, ScriptedFeed, trade_frame, trades_feed

PAGE = "historicalTrades?symbol=BTCUSDT&fromId=1&limit=1000"
OTHER_PAGE = "historicalTrades?symbol=ETHUSDT&fromId=1&limit=1000"


def _two_symbols():
    return ScriptedFeed(
        tuple(
            trade_frame(number, START_MS + 10 * number, symbol)
            for number in range(1, 21)
            for symbol in ("BTCUSDT", "ETHUSDT")
        )
    )


async def _played(simulator, *faults):
    await finished(simulator)
    await control(simulator, "POST", "faults", list(faults))


def _market(feed=None):
    return running(feed or trades_feed(20), start_on_subscribe=False)


async def _seconds(call):
    began_s = time.monotonic()
    answer = await call
    return time.monotonic() - began_s, answer


async def test_a_slow_answer_comes_late_as_often_as_asked():
    slow = {"kind": "slow_rest", "endpoint": "historicalTrades", "seconds": 0.3}
    async with _market() as simulator:
        await _played(simulator, slow)
        took_s, (status, _, rows) = await _seconds(rest(simulator, PAGE))
        assert took_s >= 0.3
        assert (status, len(rows)) == (200, 20)
        took_s, _ = await _seconds(rest(simulator, PAGE))
        assert took_s < 0.3


async def test_every_answer_is_slow_while_a_slow_time_lasts_and_only_its_symbols():
    slow = {"kind": "slow_rest", "symbol": "ETHUSDT", "seconds": 0.5, "delay_seconds": 0.2}
    async with _market(_two_symbols()) as simulator:
        await _played(simulator, slow)
        calls = (_seconds(rest(simulator, path)) for path in (PAGE, OTHER_PAGE, OTHER_PAGE))
        times_s = [took_s for took_s, _ in await asyncio.gather(*calls)]
        assert times_s[0] < 0.2 <= min(times_s[1:])
        await asyncio.sleep(0.5)
        took_s, _ = await _seconds(rest(simulator, OTHER_PAGE))
        assert took_s < 0.2


async def test_a_refusal_may_concern_one_symbol_alone_or_in_a_list():
    gone = {"kind": "rest_error", "symbol": "ETHUSDT", "status": 400, "code": -1121, "count": 99}
    async with _market(_two_symbols()) as simulator:
        await _played(simulator, gone)
        assert (await rest(simulator, PAGE))[0] == 200
        status, _, body = await rest(simulator, OTHER_PAGE)
        assert (status, body) == (400, {"code": -1121, "msg": "Invalid symbol."})
        listed = 'ticker/24hr?symbols=["BTCUSDT","ETHUSDT"]'
        assert (await rest(simulator, listed))[0] == 400


async def test_a_refusal_may_last_for_seconds_instead_of_calls():
    async with _market() as simulator:
        await _played(simulator, {"kind": "rest_error", "status": 500, "seconds": 0.3})
        assert [(await rest(simulator, "time"))[0] for _ in range(5)] == [500] * 5
        await asyncio.sleep(0.35)
        assert (await rest(simulator, "time"))[0] == 200


async def test_a_ban_tells_its_end_in_the_text_only_and_the_same_end_every_time():
    ban = {"kind": "rest_error", "status": 418, "ban_seconds": 30, "count": 2}
    async with _market() as simulator:
        await _played(simulator, ban)
        answers = [await rest(simulator, "time") for _ in range(3)]
    assert [status for status, *_ in answers] == [418, 418, 200]
    assert "Retry-After" not in answers[0][1]
    assert answers[0][2] == answers[1][2]
    assert answers[0][2]["code"] == -1003
    words = answers[0][2]["msg"].split("IP banned until ")[1]
    assert 0 < int(words.split(".")[0]) / 1000 - time.time() <= 30


async def test_a_restricted_location_is_451():
    async with _market() as simulator:
        await _played(simulator, {"kind": "rest_error", "status": 451})
        status, _, body = await rest(simulator, PAGE)
    assert (status, body["code"]) == (451, 0)
    assert "restricted location" in body["msg"]


async def test_a_page_of_html_has_status_200():
    async with _market() as simulator:
        await _played(simulator, {"kind": "html", "endpoint": "historicalTrades"})
        url = f"{simulator.rest_url}/api/v3/{PAGE}"
        async with aiohttp.request("GET", url) as response:
            assert (response.status, response.content_type) == (200, "text/html")
            assert (await response.text()).startswith("<html>")
        assert (await rest(simulator, PAGE))[0] == 200


async def test_an_empty_page_comes_once_and_then_the_trades():
    async with _market() as simulator:
        await _played(simulator, {"kind": "empty_page"})
        pages = [(await rest(simulator, PAGE))[2] for _ in range(2)]
    assert [len(page) for page in pages] == [0, 20]


@pytest.mark.parametrize(
    ("variant", "field", "value"),
    [
        ("zero_price", "price", "0.00000000"),
        ("long_price", "price", "0.0000000000000000000000000000001"),
        ("zero_quantity", "qty", "0.00000000"),
        ("microseconds", "time", (START_MS + 70) * 1000),
    ],
)
async def test_one_row_of_a_page_is_poisoned_whenever_it_is_asked_for(variant, field, value):
    poison = {"kind": "poison_row", "variant": variant, "trade_id": 7, "count": 99}
    async with _market() as simulator:
        await _played(simulator, poison)
        pages = [(await rest(simulator, PAGE))[2] for _ in range(2)]
        _, _, after = await rest(simulator, "historicalTrades?symbol=BTCUSDT&fromId=8")
        await control(simulator, "DELETE", "faults/1")
        _, _, right = await rest(simulator, PAGE)
    expected = [row | {field: value} if row["id"] == 7 else row for row in right]
    assert pages == [expected, expected]
    assert after == right[7:]


async def test_the_middle_row_is_poisoned_when_none_is_named():
    async with _market() as simulator:
        await _played(simulator, {"kind": "poison_row"})
        _, _, rows = await rest(simulator, PAGE)
    assert [row["id"] for row in rows if row["price"] == "0.00000000"] == [11]


async def test_faults_of_rest_meet_slow_first_then_refused_then_empty_then_poisoned():
    faults = [
        {"kind": "poison_row", "count": 2},
        {"kind": "empty_page"},
        {"kind": "rest_error", "status": 500, "endpoint": "historicalTrades"},
        {"kind": "slow_rest", "seconds": 0.2, "endpoint": "historicalTrades"},
    ]
    async with _market() as simulator:
        await _played(simulator, *faults)
        took_s, (refused, _, _) = await _seconds(rest(simulator, PAGE))
        pages = [(await rest(simulator, PAGE))[2] for _ in range(2)]
    assert (took_s >= 0.2, refused) == (True, 500)
    assert pages[0] == []
    assert [row["id"] for row in pages[1] if row["price"] == "0.00000000"] == [11]


async def test_an_unknown_fault_cannot_be_forgotten():
    async with running() as simulator:
        answer = await control(simulator, "DELETE", "faults/9")
    assert "expected the id of one that is set, found 9" in answer["error"]
