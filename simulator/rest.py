"""The REST routes: weights, faults and error bodies around the pure answers."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from aiohttp import web

from simulator.errors import ApiError
from simulator.exchange import Exchange
from simulator.fault_plan import FaultPlan
from simulator.faults import FaultSpec
from simulator.player import Player
from simulator.rest_answers import ENDPOINTS, Asked, Endpoint
from simulator.rest_parameters import Parameters
from simulator.usdm_answers import USDM_ENDPOINTS
from simulator.venues import Market
from simulator.weights import Verdict, WeightBudget

SNAPSHOT_ENDPOINT = "depth"
_TIME_UNITS = {"MILLISECOND": 1, "MICROSECOND": 1000}


@dataclass(frozen=True, slots=True)
class Service:
    """The REST side of one market.

    Attributes:
        market: whose it is.
        root: path of its endpoints.
        endpoints: by the last part of the path.
        prefix: of the endpoints' names in faults.
        weight_headers: that tell the used weight.
        has_time_unit: whether ``X-MBX-TIME-UNIT`` is heard.
    """

    market: Market
    root: str
    endpoints: Mapping[str, Endpoint]
    prefix: str = ""
    weight_headers: tuple[str, ...] = ("X-MBX-USED-WEIGHT-1M",)
    has_time_unit: bool = False


SERVICES = {
    Market.SPOT: Service(
        Market.SPOT,
        "/api/v3",
        ENDPOINTS,
        weight_headers=("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M"),
        has_time_unit=True,
    ),
    Market.USDM: Service(Market.USDM, "/fapi/v1", USDM_ENDPOINTS, prefix="fapi/"),
}


class RestApi:
    """Serves one market below its root, ``/api/v3`` or ``/fapi/v1``.

    Args:
        service: the market's paths.
        exchange: what the answers are made of.
        player: knows the exchange's time.
        faults: may fail a call.
        budget: of every client.
    """

    def __init__(
        self,
        service: Service,
        exchange: Exchange,
        player: Player,
        faults: FaultPlan,
        budget: WeightBudget,
    ) -> None:
        self._service = service
        self._exchange = exchange
        self._player = player
        self._faults = faults
        self._budget = budget

    def add_routes(self, app: web.Application) -> None:
        """Register the paths."""
        app.router.add_get(self._service.root + "/{endpoint:.+}", self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call."""
        name = request.match_info["endpoint"]
        endpoint = self._service.endpoints.get(name)
        if endpoint is None:
            return web.Response(status=404, text=f"no endpoint {name} in the simulator")
        parameters = Parameters(request.query)
        verdict = self._charge(request, endpoint, parameters)
        headers = {header: str(verdict.used) for header in self._service.weight_headers}
        try:
            self._refuse(self._service.prefix + name, verdict)
            _check_key(request, endpoint)
            answer = endpoint.answer(self._asked(request, parameters, name))
        except ApiError as error:
            if error.retry_after_s:
                headers["Retry-After"] = str(error.retry_after_s)
            return _json({"code": error.code, "msg": error.message}, error.status, headers)
        await self._be_slow(name)
        if name == SNAPSHOT_ENDPOINT:
            self._player.on_book_served(self._service.market, parameters.symbol())
        return _json(answer, 200, headers)

    async def _be_slow(self, name: str) -> None:
        slow = self._snapshot_fault("slow_snapshot", name)
        if slow is not None:
            await asyncio.sleep(slow.seconds)

    def _snapshot_fault(self, kind: str, name: str) -> FaultSpec | None:
        if name != SNAPSHOT_ENDPOINT:
            return None
        return self._faults.rest_fault(kind, self._service.prefix + name)

    def _charge(self, request: web.Request, endpoint: Endpoint, parameters: Parameters) -> Verdict:
        try:
            weight = endpoint.weight(parameters)
        except ApiError:
            weight = 1
        return self._budget.charge(request.remote or "", weight, time.time())

    def _refuse(self, name: str, verdict: Verdict) -> None:
        if verdict.status == 429:
            raise ApiError(
                -1003,
                f"Too much request weight used; current limit is {self._budget.limit} request "
                "weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid "
                "polling the API.",
                429,
                verdict.retry_after_s,
            )
        if verdict.status == 418:
            raise ApiError(
                -1003,
                f"Way too much request weight used; IP banned until {verdict.banned_until_ms}. "
                "Please use WebSocket Streams for live updates to avoid bans.",
                418,
                verdict.retry_after_s,
            )
        fault = self._faults.rest_error(name)
        if fault is not None:
            raise ApiError(
                fault.code,
                "An unknown error occurred while processing the request.",
                fault.status,
                fault.retry_after_seconds,
            )

    def _asked(self, request: web.Request, parameters: Parameters, name: str) -> Asked:
        told = request.headers.get("X-MBX-TIME-UNIT") if self._service.has_time_unit else None
        unit = (told or "MILLISECOND").upper()
        if unit not in _TIME_UNITS:
            raise ApiError(
                -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."
            )
        return Asked(
            self._exchange,
            parameters,
            self._player.now_ms(),
            _TIME_UNITS[unit],
            self._budget.limit,
            is_stale=self._snapshot_fault("stale_snapshot", name) is not None,
        )


def _check_key(request: web.Request, endpoint: Endpoint) -> None:
    if endpoint.keyed and not request.headers.get("X-MBX-APIKEY"):
        raise ApiError(-2014, "API-key format invalid.", 401)


def _json(body: object, status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        headers=headers,
        content_type="application/json",
    )
