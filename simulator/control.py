"""The control API of the simulator itself: faults and status, JSON on the same port.

Nothing of the exchange lives here. ``POST /control/faults`` takes one fault or a list,
``DELETE /control/faults`` clears all, or the one whose id follows, ``GET /control/status`` reports
the position of the replay, and ``GET /control/book?market=&symbol=`` a whole book at the last id
that a diff stream has sent. ``POST /control/pace`` slows a synthetic market down or speeds it up.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from aiohttp import web

from simulator.binance.venues import Market
from simulator.engine.exchange import Exchange
from simulator.engine.fault_plan import FaultPlan
from simulator.engine.faults import parse_faults
from simulator.engine.hub import Hub
from simulator.engine.player import Player
from simulator.errors import ApiError, FaultError
from simulator.synthetic.feed import SyntheticFeed


class _Pace(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /control/pace``."""

    factor: Annotated[float, msgspec.Meta(gt=0)]


class ControlApi:
    """Serves ``/control/*``.

    Args:
        exchanges, player, hub, faults: the parts of the running simulator.
    """

    def __init__(
        self,
        exchanges: Mapping[Market, Exchange],
        player: Player,
        hub: Hub,
        faults: FaultPlan,
    ) -> None:
        self._exchanges = exchanges
        self._player = player
        self._hub = hub
        self._faults = faults

    def add_routes(self, app: web.Application) -> None:
        """Register the paths."""
        app.router.add_get("/control/status", self.status)
        app.router.add_get("/control/book", self.book)
        app.router.add_post("/control/pace", self.set_pace)
        app.router.add_get("/control/faults", self.list_faults)
        app.router.add_post("/control/faults", self.add_faults)
        app.router.add_delete("/control/faults", self.clear_faults)
        app.router.add_delete(r"/control/faults/{id:\d+}", self.clear_faults)

    async def status(self, _request: web.Request) -> web.Response:
        """Answer the position of the replay and its clients."""
        return _json(
            {
                "clock_ms": self._player.now_ms(),
                "started": self._player.started,
                "finished": self._player.finished,
                "position": {
                    "frames_sent": sum(each.frames_done for each in self._exchanges.values()),
                    "frames_total": self._player.feed.frames_total,
                },
                "trades": self._exchanges[Market.SPOT].positions(),
                "usdm_trades": self._exchanges[Market.USDM].positions(),
                "connections": self._hub.connection_count,
                "connection_numbers": self._hub.connection_numbers(),
                "subscriptions": self._hub.subscriptions(),
                "faults": self._fault_rows(),
            }
        )

    async def book(self, request: web.Request) -> web.Response:
        """Answer all levels of a symbol's book at one update id, best first."""
        market = request.query.get("market", Market.SPOT)
        symbol = request.query.get("symbol", "")
        if market not in tuple(Market):
            return _json({"error": f"market: expected spot or usdm, found {market!r}"}, 400)
        try:
            view = self._exchanges[Market(market)].book(symbol, None)
        except ApiError as error:
            return _json({"error": f"{market} symbol {symbol!r}: {error.message}"}, 404)
        return _json(
            {
                "market": market,
                "symbol": symbol,
                "clock_ms": self._player.now_ms(),
                "last_update_id": view.last_update_id,
                "bids": view.bids,
                "asks": view.asks,
            }
        )

    async def set_pace(self, request: web.Request) -> web.Response:
        """Let a synthetic market continue at a multiple of its usual rates."""
        feed = self._player.feed
        if not isinstance(feed, SyntheticFeed):
            return _json({"error": "pace: expected a synthetic market, found a capture"}, 400)
        try:
            wanted = msgspec.json.decode(await request.read(), type=_Pace)
        except msgspec.MsgspecError as error:
            return _json({"error": f'expected {{"factor": NUMBER above 0}}: {error}'}, 400)
        feed.pace.factor = wanted.factor
        return _json({"factor": wanted.factor})

    async def list_faults(self, _request: web.Request) -> web.Response:
        """Answer every fault that is set, with its hits."""
        return _json({"faults": self._fault_rows()})

    async def add_faults(self, request: web.Request) -> web.Response:
        """Set faults; those without a trigger act before the answer."""
        try:
            specs = parse_faults(await request.read())
        except FaultError as error:
            return _json({"error": str(error)}, 400)
        added = [self._faults.add(spec) for spec in specs]
        self._player.tick(self._player.now_ms())
        return _json({"faults": [fault.status() for fault in added]}, 201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Clear all faults, or one; the frames that they held back are sent."""
        number = request.match_info.get("id")
        try:
            frames = self._faults.clear(None if number is None else int(number))
        except FaultError as error:
            return _json({"error": str(error)}, 404)
        for frame in frames:
            self._hub.publish(frame)
        self._hub.flush()
        return _json({"faults": self._fault_rows()})

    def _fault_rows(self) -> list[dict[str, object]]:
        return [fault.status() for fault in self._faults.faults]


def _json(body: object, status: int = 200) -> web.Response:
    encoded = msgspec.json.encode(body)
    return web.Response(body=encoded, status=status, content_type="application/json")
