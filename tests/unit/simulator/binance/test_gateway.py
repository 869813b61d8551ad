"""A handshake that cannot be served is refused with what was found."""

from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from simulator.binance.gateway import Gateway
from simulator.binance.sessions import MAX_STREAMS
from simulator.binance.venues import Market
from simulator.engine.config import ConnectionLimits
from simulator.engine.fault_plan import FaultPlan
from simulator.engine.faults import parse_faults
from simulator.engine.hub import Hub


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
