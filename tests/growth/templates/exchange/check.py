"""Follow trades and books of a tiny local Nano, and see that both are whole; a program.

The server trades two symbols, loses a frame now and then, and cuts all connections once.
"""

import asyncio
import itertools
import json
import sys
import threading
import time
from typing import Any

from aiohttp import WSMsgType, web
from connectors.nano.connectors import NanoBooksConnector, NanoTradesConnector

from connectors.connect.worker_config import parse_connector
from tests.support.connector_doubles import context

SYMBOLS = ("AAAUSD", "BBBUSD")
WITHIN_S = 40


class Market:
    """Trades and books of the symbols, made at a steady pace."""

    def __init__(self) -> None:
        self.trades: dict[str, list[dict[str, Any]]] = {symbol: [] for symbol in SYMBOLS}
        self.last: dict[str, int] = dict.fromkeys(SYMBOLS, 100)
        self.books: dict[str, dict[str, dict[str, str]]] = {
            symbol: {"bids": {f"{99 - n}.5": "1" for n in range(30)},
                     "asks": {f"{100 + n}.5": "1" for n in range(30)}}
            for symbol in SYMBOLS
        }  # fmt: skip
        self.sockets: dict[web.WebSocketResponse, set[str]] = {}
        self.lost = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    async def run(self) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(0.02)
            for symbol in SYMBOLS:
                await self._trade(symbol, number)
                await self._diff(symbol, number)
            if number == 150:
                for socket in list(self.sockets):
                    await socket.close()

    async def _trade(self, symbol: str, number: int) -> None:
        trade = {"kind": "trade", "symbol": symbol, "id": number, "price": "100.1", "size": "0.5",
                 "time": self.now_ms(), "maker_buys": number % 3 == 0}  # fmt: skip
        self.trades[symbol].append(trade)
        if number % 40 == 0:
            self.lost += 1
        else:
            await self._send(f"{symbol}.trade", trade)

    async def _diff(self, symbol: str, number: int) -> None:
        self.last[symbol] += 1
        last, book = self.last[symbol], self.books[symbol]
        price, size = f"{99 - number % 20}.5", str(1 + number % 7)
        book["bids"][price] = size
        now_ms = self.now_ms()
        diff = {"kind": "diff", "symbol": symbol, "first": last, "last": last, "time": now_ms,
                "bids": [[price, size]], "asks": []}  # fmt: skip
        if number % 100:
            await self._send(f"{symbol}.diff", diff)
        best = {"kind": "best", "symbol": symbol, "id": last, "time": now_ms,
                "bid": ["99.5", book["bids"]["99.5"]], "ask": ["100.5", "1"]}  # fmt: skip
        await self._send(f"{symbol}.best", best)

    async def _send(self, stream: str, frame: dict[str, Any]) -> None:
        for socket, names in list(self.sockets.items()):
            if stream in names and not socket.closed:
                await socket.send_str(json.dumps(frame))

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets[socket] = set(request.query["names"].split(","))
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
        self.sockets.pop(socket, None)
        return socket

    async def rest(self, request: web.Request) -> web.Response:
        query, path = request.query, request.match_info["path"]
        if path == "symbols":
            return web.json_response(SYMBOLS)
        if path == "time":
            return web.json_response(self.now_ms())
        if path == "newest":
            ids = {one: len(self.trades[one]) or None for one in query["symbols"].split(",")}
            return web.json_response(ids)
        symbol = query["symbol"]
        if path == "trades":
            start, limit = int(query["from"]), int(query["limit"])
            known = [one for one in self.trades[symbol] if one["id"] >= start]
            return web.json_response(known[:limit])
        book = {side: list(levels.items()) for side, levels in self.books[symbol].items()}
        return web.json_response(book | {"last": self.last[symbol]})


def serve() -> tuple[Market, str]:
    """Start the server in a thread; return the market and its address."""
    market, ready, ports = Market(), threading.Event(), list[int]()

    async def main() -> None:
        app = web.Application()
        app.add_routes([web.get("/stream", market.stream), web.get("/{path}", market.rest)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
        ready.set()
        await market.run()

    threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
    ready.wait(10)
    return market, f"http://127.0.0.1:{ports[0]}"


def follow(connector: Any, url: str, seconds: float) -> list[Any]:
    """Run a connector's only task for some seconds and return its records."""
    config = {"connector.class": "x", "exchange": "simulator", "simulator.url": url,
              "symbols": ",".join(SYMBOLS), "heartbeat.interval.ms": 100}  # fmt: skip
    (share,) = connector.task_settings(parse_connector("nano", connector.keys, config), 1)
    task = connector.task_class()
    from connectors.connect.clock import SystemClock

    task.start(share, context(clock=SystemClock()))
    records, end_s = [], time.monotonic() + seconds
    while time.monotonic() < end_s:
        records += task.poll(0.05)
        task.commit()
    task.stop()
    return [(record.topic, dict(record.value)) for record in records]


def check_trades(url: str) -> None:
    records = follow(NanoTradesConnector(), url, 8)
    values = [value for topic, value in records if topic == "trades.nano-spot"]
    for symbol in SYMBOLS:
        trades = [one for one in values if one["kind"] == "trade" and one["symbol"] == symbol]
        ids = [one["trade_id"] for one in trades]
        assert len(ids) > 200, (symbol, len(ids))
        assert ids == list(range(ids[0], ids[0] + len(ids))), "an id is missing or out of order"
        assert [one["missing_before"] for one in trades[1:]] == [0] * (len(trades) - 1)
        assert {one["source"] for one in trades} == {"live", "backfill"}
    assert any(one["kind"] == "heartbeat" for one in values)


def check_books(url: str) -> None:
    records = follow(NanoBooksConnector(), url, 8)
    tops = [value for topic, value in records if topic == "book_tops.nano-spot"]
    events = [value["event"] for topic, value in records if topic == "feed_events"]
    for symbol in SYMBOLS:
        known = [one for one in tops if one["kind"] == "top" and one["symbol"] == symbol]
        assert len(known) > 50, (symbol, len(known), events)
        assert all(one["ask_price"] == "100.50000000" for one in known), known[:2]
    assert any(one["kind"] == "heartbeat" for one in tops)


if __name__ == "__main__":
    _, address = serve()
    check_trades(address)
    check_books(address)
    sys.stdout.write("whole\n")
