"""A tiny exchange in a thread: one WebSocket path, four REST paths, and a script of mishaps."""

import asyncio
import contextlib
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from aiohttp import WSMsgType, web

from tests.support.trades import START_MS

OFFERED = ("BTCUSDT", "ETHUSDT")


@dataclass(frozen=True)
class Answer:
    """One scripted REST answer."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)


class Exchange:
    """What it published is in its history; what it lost on the way is there as well."""

    def __init__(self) -> None:
        self.url = ""
        self.clock_ms = 5_000  # since the start, while nothing has been traded
        self.offered = list(OFFERED)
        self.history: dict[str, list[dict[str, object]]] = defaultdict(list)
        self.scripted: dict[str, deque[Answer]] = defaultdict(deque)
        self.requests: list[str] = []
        self.handshakes: list[str] = []
        self.received: list[dict[str, object]] = []
        self.received_bytes: list[int] = []
        self.answers = acknowledgement
        self.refusals: deque[Answer] = deque()
        self.pongs = True
        self._sockets: set[web.WebSocketResponse] = set()
        self._loop = asyncio.new_event_loop()

    # what a test does

    def publish(self, symbol: str, *trade_ids: int) -> None:
        for trade_id in trade_ids:
            self.lose(symbol, trade_id)
            self.send(frame(symbol, trade_id))

    def lose(self, symbol: str, *trade_ids: int) -> None:
        self.history[symbol] += [entry(trade_id) for trade_id in trade_ids]

    def send(self, content: bytes) -> None:
        self._call(self._send(content.decode("utf-8", "surrogateescape")))

    def cut(self) -> None:
        self._call(self._cut())

    @property
    def connections(self) -> int:
        return len(self._sockets)

    def _call(self, coroutine: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=5)

    async def _send(self, text: str) -> None:
        for socket in list(self._sockets):
            with contextlib.suppress(ConnectionError):
                await socket.send_str(text)

    async def _cut(self) -> None:
        for socket in list(self._sockets):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()
        self._sockets.clear()

    # what it serves

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.handshakes.append(request.path_qs)
        if self.refusals:
            refusal = self.refusals.popleft()
            return web.Response(status=refusal.status, headers=refusal.headers)
        socket = web.WebSocketResponse(autoping=self.pongs)
        await socket.prepare(request)
        self._sockets.add(socket)
        with contextlib.suppress(ConnectionError):
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self.received_bytes.append(len(message.data.encode()))
                    self.received.append(msgspec.json.decode(message.data))
                    for answer in self.answers(len(self.received)):
                        await socket.send_str(answer)
        self._sockets.discard(socket)
        return socket

    async def rest(self, request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        self.requests.append(request.path_qs)
        if self.scripted[name]:
            answer = self.scripted[name].popleft()
        else:
            answer = self._answer(name, request.query)
        headers = {"X-MBX-USED-WEIGHT-1M": "25"} | answer.headers
        return web.Response(
            status=answer.status,
            body=answer.body
            if isinstance(answer.body, bytes)
            else msgspec.json.encode(answer.body),
            headers=headers,
            content_type="application/json",
        )

    def _answer(self, name: str, query: Mapping[str, str]) -> Answer:
        if name == "24hr":
            return self._tickers(query)
        return Answer(200, self._content(name, query))

    def _tickers(self, query: Mapping[str, str]) -> Answer:
        named = query.get("symbols")
        symbols = self.offered if named is None else msgspec.json.decode(named, type=list[str])
        if not set(symbols) <= set(self.offered):
            return Answer(400, {"code": -1121, "msg": "Invalid symbol."})
        return Answer(200, [ticker(symbol, self.history[symbol]) for symbol in symbols])

    def _content(self, name: str, query: Mapping[str, str]) -> object:
        if name == "exchangeInfo":
            symbols = [{"symbol": symbol, "status": "TRADING"} for symbol in self.offered]
            return {"timezone": "UTC", "symbols": symbols}
        if name == "time":
            return {"serverTime": START_MS + self._clock_ms()}
        first = int(query["fromId"])
        known = [t for t in self.history[query["symbol"]] if int(str(t["id"])) >= first]
        return known[: int(query["limit"])]

    def _clock_ms(self) -> int:
        """Return its time since the start: no trade is made behind it any more."""
        newest = [int(str(known[-1]["id"])) for known in self.history.values() if known]
        return min(newest, default=self.clock_ms)

    # how it runs

    async def _serve(self, started: Callable[[str], None], stop: asyncio.Event) -> None:
        app = web.Application()
        app.router.add_get("/stream", self.stream)
        app.router.add_get("/api/v3/{name:.+}", self.rest)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        started(f"http://127.0.0.1:{port}")
        await stop.wait()
        await self._cut()
        await runner.cleanup()
        await asyncio.sleep(0.1)  # transports close in the loop's next rounds


@contextlib.contextmanager
def running_exchange() -> Iterator[Exchange]:
    """Run an exchange for a test."""
    exchange, started = Exchange(), threading.Event()
    stop = asyncio.Event()

    def ready(url: str) -> None:
        exchange.url = url
        started.set()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: exchange._loop) as runner:
            runner.run(exchange._serve(ready, stop))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(5)
    try:
        yield exchange
    finally:
        exchange._loop.call_soon_threadsafe(stop.set)
        thread.join(5)


def acknowledgement(number: int) -> list[str]:
    """Return what is sent after the n-th message of the client."""
    return [f'{{"result":null,"id":{number}}}']


def entry(trade_id: int) -> dict[str, object]:
    """Return a trade as historicalTrades gives it."""
    return {
        "id": trade_id,
        "price": "61838.10000000",
        "qty": "0.00017000",
        "quoteQty": "10.51247700",
        "time": START_MS + trade_id,
        "isBuyerMaker": True,
        "isBestMatch": True,
    }


def ticker(symbol: str, history: list[dict[str, object]]) -> dict[str, object]:
    """Return the part of a symbol's small 24 h ticker that is read, and some that is not."""
    last_id = history[-1]["id"] if history else -1
    return {"symbol": symbol, "volume": "1.00000000", "lastId": last_id, "count": len(history)}


def frame(symbol: str, trade_id: int) -> bytes:
    """Return a trade as the combined stream sends it."""
    payload = {
        "e": "trade",
        "E": START_MS + trade_id,
        "s": symbol,
        "t": trade_id,
        "p": "61838.10000000",
        "q": "0.00017000",
        "T": START_MS + trade_id,
        "m": True,
        "M": True,
    }
    return msgspec.json.encode({"stream": f"{symbol.lower()}@trade", "data": payload})
