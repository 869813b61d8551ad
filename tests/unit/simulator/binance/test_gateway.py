"""What is refused: handshakes that cannot be served, and requests above the weight."""

from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from simulator.binance.gateway import Gateway
from simulator.binance.sessions import MAX_STREAMS
from simulator.binance.venues import Market
from simulator.binance.weights import BAN_SECONDS, REFUSALS_BEFORE_BAN, WeightBudget
from simulator.engine.config import ConnectionLimits
from simulator.engine.fault_plan import FaultPlan
from simulator.engine.faults import parse_faults
from simulator.engine.hub import Hub

NOON_S = 1_800_000_000.0 - 1_800_000_000 % 60


def _gateway(*faults, refuses=False):
    plan = FaultPlan(spec for text in faults for spec in parse_faults(text))
    plan.on_time(0, 0.0)
    limits = dict.fromkeys(Market, ConnectionLimits())
    return Gateway(SimpleNamespace(refuses=refuses), Hub(), plan, limits)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "/stream?streams=btcusdt@trade&timeUnit=fortnight",
            "timeUnit: expected MILLISECOND or MICROSECOND, found FORTNIGHT",
        ),
        (
            "/ws/" + "/".join(f"s{number}@trade" for number in range(MAX_STREAMS + 1)),
            f"expected at most {MAX_STREAMS} streams, found {MAX_STREAMS + 1}",
        ),
    ],
)
async def test_a_path_that_asks_for_too_much_is_refused(path, text):
    with pytest.raises(web.HTTPBadRequest) as refused:
        await _gateway().handle(make_mocked_request("GET", path))
    assert refused.value.text == text


async def test_a_fault_refuses_with_its_status_and_a_cut_with_503():
    request = make_mocked_request("GET", "/ws")
    refused = await _gateway('{"kind":"refuse","status":429}').handle(request)
    assert (refused.status, refused.text) == (429, "refused by a fault of the simulator")
    assert (await _gateway(refuses=True).handle(request)).status == 503


def test_weight_adds_up_in_the_clock_minute_and_restarts_with_the_next():
    budget = WeightBudget(limit=100)
    assert budget.charge("a", 40, NOON_S + 50).used == 40
    assert budget.charge("a", 40, NOON_S + 59).used == 80
    assert budget.charge("a", 40, NOON_S + 60).used == 40


def test_each_client_has_its_own_budget():
    budget = WeightBudget(limit=100)
    budget.charge("a", 100, NOON_S)
    assert budget.charge("b", 1, NOON_S).used == 1


def test_too_much_weight_is_429_until_the_minute_ends_and_costs_weight_too():
    budget = WeightBudget(limit=100)
    budget.charge("a", 100, NOON_S)
    verdict = budget.charge("a", 5, NOON_S + 37.5)
    assert (verdict.status, verdict.retry_after_s, verdict.used) == (429, 23, 105)
    assert budget.charge("a", 5, NOON_S + 60).status == 200


def test_a_client_that_continues_is_banned_across_minutes():
    budget = WeightBudget(limit=100)
    budget.charge("a", 100, NOON_S)
    statuses = [budget.charge("a", 1, NOON_S + 1).status for _ in range(REFUSALS_BEFORE_BAN + 1)]
    assert statuses == [429] * REFUSALS_BEFORE_BAN + [418]
    banned = budget.charge("a", 1, NOON_S + 61)
    assert (banned.status, banned.retry_after_s) == (418, 60)
    assert banned.banned_until_ms == (NOON_S + 1 + BAN_SECONDS) * 1000
    assert budget.charge("a", 1, NOON_S + 1 + BAN_SECONDS).status == 200
