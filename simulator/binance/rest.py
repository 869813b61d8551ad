"""The REST routes: weights, faults and error bodies around the pure answers."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from aiohttp import web

from simulator.binance.rest_answers import ENDPOINTS, Endpoint, Query
from simulator.binance.rest_faults import HTML, PAGES, is_page, poisoned, refused
from simulator.binance.rest_parameters import Parameters
from simulator.binance.usdm_answers import USDM_ENDPOINTS
from simulator.binance.venues import Market
from simulator.binance.weights import Verdict, WeightBudget
from simulator.engine.exchange import Exchange
from simulator.engine.fault_plan import FaultPlan
from simulator.engine.fault_state import Fault
from simulator.engine.player import Player
from simulator.errors import ApiError

SNAPSHOT_ENDPOINT = "depth"
_TIME_UNITS = {"MILLISECOND": 1, "MICROSECOND": 1000}


@dataclass(frozen=True, slots=True)
class Service:
    """The REST side of one market.

    Attributes:
        market: the market.
        root: path of its endpoints.
        endpoints: by the last part of the path.
        prefix: of the endpoints' names in faults.
        weight_headers: the headers that report the used weight.
        has_time_unit: ``X-MBX-TIME-UNIT`` is respected.
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


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as faults see it.

    Attributes:
        endpoint: with its market's prefix.
        symbols: the ones that it names.
    """

    endpoint: str
    symbols: tuple[str, ...]

    @property
    def is_snapshot(self) -> bool:
        """True for a call of depth."""
        return self.endpoint.endswith(SNAPSHOT_ENDPOINT)


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
        call = Call(self._service.prefix + name, parameters.named_symbols())
        delay_s = self._delay_s(call)
        response = self._answered(request, endpoint, parameters, call, verdict)
        for header in self._service.weight_headers:
            response.headers[header] = str(verdict.used)
        await asyncio.sleep(delay_s)
        if name == SNAPSHOT_ENDPOINT and response.status == 200:
            self._player.on_book_served(self._service.market, parameters.symbol())
        return response

    def _answered(
        self,
        request: web.Request,
        endpoint: Endpoint,
        parameters: Parameters,
        call: Call,
        verdict: Verdict,
    ) -> web.Response:
        try:
            self._refuse(call, verdict)
            if self._hit("html", call):
                return web.Response(body=HTML, content_type="text/html")
            _check_key(request, endpoint)
            answer = endpoint.answer(self._query(request, parameters, call))
        except ApiError as error:
            headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}
            return _json({"code": error.code, "msg": error.message}, error.status, headers)
        return _json(self._disturbed(answer, call), 200, {})

    def _fault(self, kind: str, call: Call) -> Fault | None:
        return self._faults.rest_fault(kind, call.endpoint, call.symbols)

    def _hit(self, kind: str, call: Call) -> Fault | None:
        fault = self._fault(kind, call)
        if fault is not None:
            fault.hit()
        return fault

    def _delay_s(self, call: Call) -> float:
        slow = [self._hit("slow_rest", call)]
        if call.is_snapshot:
            slow.append(self._hit("slow_snapshot", call))
        return sum(each.spec.delay_seconds or each.spec.seconds for each in slow if each)

    def _disturbed(self, answer: object, call: Call) -> object:
        if not isinstance(answer, list) or not is_page(answer):
            return answer
        empty, poison = self._fault("empty_page", call), self._fault("poison_row", call)
        if empty is not None and (empty.spec.endpoint or call.endpoint in PAGES):
            empty.hit()
            return []
        if poison is not None and (poison.spec.endpoint or call.endpoint in PAGES):
            return poisoned(poison, answer)
        return answer

    def _charge(self, request: web.Request, endpoint: Endpoint, parameters: Parameters) -> Verdict:
        try:
            weight = endpoint.weight(parameters)
        except ApiError:
            weight = 1
        return self._budget.charge(request.remote or "", weight, time.time())

    def _refuse(self, call: Call, verdict: Verdict) -> None:
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
        fault = self._hit("rest_error", call)
        if fault is not None:
            raise refused(fault, int(time.time() * 1000))

    def _query(self, request: web.Request, parameters: Parameters, call: Call) -> Query:
        header = request.headers.get("X-MBX-TIME-UNIT") if self._service.has_time_unit else None
        unit = (header or "MILLISECOND").upper()
        if unit not in _TIME_UNITS:
            known = " or ".join(sorted(_TIME_UNITS))
            raise ApiError(-1194, f"Invalid value for time unit; expected either {known}.")
        return Query(
            self._exchange,
            parameters,
            self._player.now_ms(),
            _TIME_UNITS[unit],
            self._budget.limit,
            is_stale=call.is_snapshot and self._hit("stale_snapshot", call) is not None,
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
