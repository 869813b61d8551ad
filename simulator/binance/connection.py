"""One WebSocket connection: the I/O around a `Session`.

It owns the socket. Messages are queued as encoded frames and written together when the hub
flushes. Pings, the pong deadline, the message limit and the lifetime are enforced here.
"""

import asyncio
import contextlib
import logging
import socket
import struct
import time
from collections.abc import Callable

from aiohttp import WSMsgType, web

from simulator.binance.sessions import POLICY_VIOLATION, MessageBudget, Session, is_subscribe
from simulator.binance.streams import TimeUnit, text_frame
from simulator.binance.venues import Market, address_at, stream_name
from simulator.engine.config import ConnectionLimits
from simulator.engine.fault_plan import Obstacle
from simulator.engine.faults import FaultSpec

_LOG = logging.getLogger(__name__)

HIGH_WATER_BYTES = 256 * 1024
"""Unsent bytes above which a replay at full speed waits for the reader."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection:
    """The connection of one client.

    Args:
        websocket: prepared, with autoping off.
        transport: of the socket.
        session: what the client has subscribed to.
        category: of its path on USD-M; empty on spot.
        limits: of every connection.
        changed: called after each change of the session's streams.
        obstacle: returns how a SUBSCRIBE of a number of bytes is to fail, before it is answered.

    Attributes:
        number: connections are numbered in the order in which they were opened.
    """

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        transport: asyncio.Transport,
        session: Session,
        category: str,
        limits: ConnectionLimits,
        changed: Callable[["Connection"], None],
        obstacle: Callable[[Market, int], Obstacle | None],
    ) -> None:
        self.session = session
        self._category = category
        self._websocket = websocket
        self._transport = transport
        self._limits = limits
        self._changed = changed
        self._obstacle = obstacle
        self.number = 0
        self._queue: list[bytes] = []
        self._pings: dict[bytes, float] = {}
        self._budget = MessageBudget(limits.messages_per_second)

    @property
    def addresses(self) -> list[str]:
        """The addresses of the streams that the client has subscribed to."""
        names = self.session.streams
        # A name with a slash is invalid, and must not become another market's address.
        return [address_at(self._category, name) for name in names if "/" not in name]

    def is_affected_by(self, spec: FaultSpec) -> bool:
        """Return whether the connection carries what a fault names."""
        addresses = self.addresses
        starts = f"{spec.symbol.lower()}@"
        return (
            spec.market in ("", self.session.market)
            and (not spec.stream or spec.stream in addresses)
            and (not spec.symbol or any(stream_name(each).startswith(starts) for each in addresses))
        )

    @property
    def envelope(self) -> tuple[bool, TimeUnit]:
        """What the bytes of a frame depend on: combined or raw, and the time unit."""
        return self.session.combined, self.session.time_unit

    @property
    def backlogged(self) -> bool:
        """True when the reader is behind."""
        waiting = self._transport.get_write_buffer_size()
        return not self._transport.is_closing() and waiting > HIGH_WATER_BYTES

    def send(self, frame: bytes) -> None:
        """Queue an encoded frame until the next flush."""
        self._queue.append(frame)

    def flush(self) -> None:
        """Write what is queued; end a connection whose reader is too far behind."""
        queue, self._queue = self._queue, []
        if self._transport.is_closing() or not queue:
            return
        self._transport.write(b"".join(queue))
        if self._transport.get_write_buffer_size() > self._limits.backlog_bytes:
            _LOG.warning("slow reader: more than %d bytes unsent", self._limits.backlog_bytes)
            self.abort()

    def abort(self) -> None:
        """Reset the TCP connection at once, without a WebSocket or TCP close."""
        raw = self._transport.get_extra_info("socket")
        if raw is not None and not self._transport.is_closing():
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    async def close(self, code: int, reason: str) -> None:
        """Close cleanly, with a WebSocket close frame."""
        self.flush()
        await self._websocket.close(code=code, message=reason.encode())

    async def run(self) -> None:
        """Serve the connection until it ends."""
        keeper = asyncio.create_task(self._keep())
        try:
            await self._receive()
        except ConnectionError:
            _LOG.debug("the client left while it was being answered")
        finally:
            keeper.cancel()

    async def _receive(self) -> None:
        async for message in self._websocket:
            if not self._budget.take(time.monotonic()):
                await self.close(POLICY_VIOLATION, "Too many requests")
            elif message.type == WSMsgType.PING:
                await self._websocket.pong(message.data)
            elif message.type == WSMsgType.PONG:
                self._on_pong(bytes(message.data))
            elif message.type == WSMsgType.TEXT:
                await self._on_text(message.data)

    async def _on_text(self, text: str) -> None:
        obstacle = None
        if is_subscribe(text):
            obstacle = self._obstacle(self.session.market, len(text.encode()))
        if obstacle == "subscribe_mute":
            return
        is_refused = obstacle == "subscribe_error"
        reply = self.session.refuse(text) if is_refused else self.session.handle(text)
        self._changed(self)
        self.send(text_frame(reply.text))
        self.flush()
        if reply.close_reason:
            await self.close(POLICY_VIOLATION, reply.close_reason)

    def _on_pong(self, payload: bytes) -> None:
        if payload in self._pings:
            self._pings.clear()

    async def _keep(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self._keep_alive()

    async def _keep_alive(self) -> None:
        """Ping, and end the connection when a pong is overdue or its lifetime is over."""
        opened_s = pinged_s = time.monotonic()
        while True:
            await asyncio.sleep(min(self._limits.ping_seconds, 1.0) / 4)
            now_s = time.monotonic()
            if now_s - opened_s >= self._limits.lifetime_seconds:
                await self.close(1000, "connection lifetime reached")
                return
            if self._pings and now_s - min(self._pings.values()) > self._limits.pong_seconds:
                self.abort()
                return
            if now_s - pinged_s >= self._limits.ping_seconds:
                pinged_s = now_s
                payload = str(int(time.time() * 1000)).encode()
                self._pings[payload] = now_s
                await self._websocket.ping(payload)
