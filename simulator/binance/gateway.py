"""The WebSocket routes: ``/ws``, ``/ws/<stream>[/<stream>]``, ``/stream[?streams=]``.

Spot has them at the root, USD-M below ``/public``, ``/market`` and ``/private``. A USD-M
connection serves only the streams of its own category, only in milliseconds.

Handshakes are refused here while a fault demands it; everything after the handshake belongs to
`simulator.binance.connection`.
"""

from collections.abc import Mapping
from urllib.parse import unquote

from aiohttp import web

from simulator.binance.connection import Connection
from simulator.binance.sessions import MAX_STREAMS, Session
from simulator.binance.streams import TimeUnit, query_values, split_names
from simulator.binance.venues import USDM_CATEGORIES, Market, category_of_path
from simulator.engine.config import ConnectionLimits
from simulator.engine.fault_plan import FaultPlan
from simulator.engine.hub import Hub
from simulator.engine.player import Player


class Gateway:
    """Accepts WebSocket clients.

    Args:
        player: notified of subscriptions, so that a standing clock starts.
        hub: gets the connections.
        faults: may refuse a handshake.
        limits: of every connection, by market.
    """

    def __init__(
        self,
        player: Player,
        hub: Hub,
        faults: FaultPlan,
        limits: Mapping[Market, ConnectionLimits],
    ) -> None:
        self._player = player
        self._hub = hub
        self._faults = faults
        self._limits = limits

    def add_routes(self, app: web.Application) -> None:
        """Register the paths."""
        for root in ("", *(f"/{category}" for category in USDM_CATEGORIES)):
            for path in ("/ws", "/ws/{streams:.*}", "/stream"):
                app.router.add_get(root + path, self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one client from handshake to close."""
        status = self._faults.refusal() or (503 if self._player.refuses else None)
        if status is not None:
            return web.Response(status=status, text="refused by a fault of the simulator")
        category = category_of_path(request.path)
        session = _session(request, category)
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=1 << 20)
        await socket.prepare(request)
        if request.transport is None:
            return socket
        connection = Connection(
            socket,
            request.transport,
            session,
            category,
            self._limits[session.market],
            self._changed,
            self._faults.on_subscribe,
        )
        self._hub.add(connection)
        self._player.on_subscription(connection.addresses)
        try:
            await connection.run()
        finally:
            self._hub.remove(connection)
        return socket

    def _changed(self, connection: Connection) -> None:
        self._hub.refresh(connection)
        self._player.on_subscription(connection.addresses)


def _session(request: web.Request, category: str) -> Session:
    raw_query = request.rel_url.raw_query_string
    raw_path = request.rel_url.raw_path.removeprefix(f"/{category}" if category else "")
    is_combined = raw_path == "/stream"
    named = query_values(raw_query, "streams") if is_combined else [unquote(raw_path[len("/ws") :])]
    if category:
        session = Session(is_combined, market=Market.USDM)
    else:
        session = Session(is_combined, _time_unit(query_values(raw_query, "timeUnit")))
    names = [name for text in named for name in split_names(text)]
    if len(names) > MAX_STREAMS:
        raise web.HTTPBadRequest(text=f"expected at most {MAX_STREAMS} streams, found {len(names)}")
    session.subscribe(names)
    return session


def _time_unit(values: list[str]) -> TimeUnit:
    name = values[-1].upper() if values else "MILLISECOND"
    try:
        return TimeUnit[name]
    except KeyError:
        raise web.HTTPBadRequest(
            text=f"timeUnit: expected MILLISECOND or MICROSECOND, found {name}"
        ) from None
