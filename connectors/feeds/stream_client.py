"""One WebSocket connection that is kept up, in a thread of its own.

Reconnects with backoff, answers the exchange's pings (the library does), and hands frames over
undecoded. Of their content it knows only the answers to its own subscriptions.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import CloseCode

from connectors.connect.backoff import Backoff
from connectors.connect.clock import Clock
from connectors.feeds.inbox import Sink
from connectors.feeds.messages import Alive, Connected, Disconnected, Frame, Message
from connectors.feeds.subscribing import ANSWER_TIMEOUT_S, Subscribing, SubscriptionFailedError
from connectors.feeds.venue import Subscription

FIRST_RETRY_S, LONGEST_RETRY_S = 0.25, 30.0
STABLE_S = 30.0
"""A connection that held this long resets the backoff. With delays that double from 0.25 s this
keeps us below 100 attempts in 5 minutes; the exchange allows 300."""

PING_INTERVAL_S, PING_TIMEOUT_S = 10.0, 10.0
"""Our own pings find a dead peer within 20 s; they count little against 5 messages a second."""

PONG_POLL_S = 0.25

LONGEST_WAIT_S = 3 * 86_400.0
"""The longest ban of the exchanges lasts three days: a longer one was misread."""

OPEN_TIMEOUT_S, CLOSE_TIMEOUT_S = 10.0, 1.0
MAX_FRAME_BYTES = 1 << 20
FULL_WAIT_S = 0.005
PONG_SETTLE_S = 0.05

_LOG = logging.getLogger(__name__)


class StreamClient:
    """Keeps one subscription connected and puts what arrives into an inbox.

    Args:
        subscription: where to connect and what to send.
        inbox: where messages go; while it is full nothing is read from the socket.
        clock: stamps the frames.
        ping_interval_s: pause before each ping of ours, in seconds.
        ping_timeout_s: silence after a ping that ends the connection, in seconds.
        answer_timeout_s: silence after a subscription that ends the connection, in seconds.
    """

    def __init__(
        self,
        subscription: Subscription,
        inbox: Sink[Message],
        clock: Clock,
        *,
        ping_interval_s: float = PING_INTERVAL_S,
        ping_timeout_s: float = PING_TIMEOUT_S,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._ping_interval_s = ping_interval_s
        self._ping_timeout_s = ping_timeout_s
        self._answer_timeout_s = answer_timeout_s
        self._subscription = subscription
        self._inbox = inbox
        self._clock = clock
        self._backoff = Backoff(FIRST_RETRY_S, LONGEST_RETRY_S)
        self._loop = asyncio.new_event_loop()
        self._connection: ClientConnection | None = None
        self._has_read = False
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._main, name="stream", daemon=True)

    def start(self) -> None:
        """Start connecting."""
        self._thread.start()

    def stop(self) -> None:
        """Close the connection and end the thread."""
        self.end()
        self._thread.join(OPEN_TIMEOUT_S)

    def end(self) -> None:
        """Begin to close the connection, without waiting for it."""
        self._call(self._stop.set)

    def reconnect(self) -> None:
        """Close the connection and open a new one at once."""
        self._call(self._leave)

    def ping(self) -> None:
        """Ping the exchange; `Alive` arrives with its answer."""
        self._call(self._send_ping)

    def _call(self, function: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nothing is left to call
            self._loop.call_soon_threadsafe(function)

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        stopped = asyncio.create_task(self._stop.wait())
        staying = asyncio.create_task(self._stay_connected())
        await asyncio.wait({stopped, staying}, return_when=asyncio.FIRST_COMPLETED)
        staying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await staying

    async def _stay_connected(self) -> None:
        while True:
            began_s = self._clock.monotonic_s()
            ended, wait_s = await self._connect_once()
            self._inbox.put(ended)
            if self._clock.monotonic_s() - began_s >= STABLE_S:
                self._backoff.reset()
            await asyncio.sleep(max(wait_s, self._backoff.next_delay_s()))

    async def _connect_once(self) -> tuple[Disconnected, float]:
        """Receive until the end; return why, and how many seconds the exchange wants us away."""
        try:
            await self._connect_and_receive()
        except ConnectionClosed as error:
            return Disconnected(f"connection closed: {error}"), 0.0
        except InvalidStatus as error:
            reason, wait_s = _refusal(error)
            return Disconnected(reason), wait_s
        except SubscriptionFailedError as error:
            return Disconnected(str(error), subscription_failed=True), 0.0
        except (OSError, TimeoutError, WebSocketException) as error:
            return Disconnected(f"{type(error).__name__}: {error}"), 0.0
        except Exception as error:  # if the thread died of it, nobody would notice
            _LOG.exception("%s: ended by an unexpected error", self._subscription.url)
            return Disconnected(f"{type(error).__name__}: {error}"), 0.0
        finally:
            self._connection = None
        return Disconnected("we closed it"), 0.0

    async def _connect_and_receive(self) -> None:
        async with connect(
            self._subscription.url,
            compression=None,
            max_size=MAX_FRAME_BYTES,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=None,
        ) as connection:
            subscribing = Subscribing(
                connection, self._subscription.answer_of, self._clock, self._answer_timeout_s
            )
            await subscribing.run(self._subscription.messages)
            self._connection = connection
            self._start(self._keep_alive(connection))
            self._inbox.put(Connected(self._subscription.url))
            for frame in subscribing.kept:
                self._inbox.put(frame)
            await self._receive(connection)

    async def _receive(self, connection: ClientConnection) -> None:
        inbox, clock = self._inbox, self._clock
        while True:
            content = await connection.recv(decode=False)
            inbox.put(Frame(content, clock.time_ms()))
            self._has_read = True
            while inbox.is_full():
                await asyncio.sleep(FULL_WAIT_S)

    async def _keep_alive(self, connection: ClientConnection) -> None:
        """Close the connection to a dead peer.

        A pong queues behind everything that a full inbox keeps us from reading: that we do not read
        is no silence of the peer.
        """
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(self._ping_interval_s)
                if not await self._answers(await connection.ping()):
                    detail = f"no answer to a ping for {self._ping_timeout_s:g} s"
                    await connection.close(CloseCode.INTERNAL_ERROR, detail)

    async def _answers(self, pong: Awaitable[float]) -> bool:
        answered, heard_s = asyncio.ensure_future(pong), self._clock.monotonic_s()
        while not (await asyncio.wait({answered}, timeout=PONG_POLL_S))[0]:
            now_s = self._clock.monotonic_s()
            if self._has_read or self._inbox.is_full():
                self._has_read, heard_s = False, now_s
            elif now_s - heard_s >= self._ping_timeout_s:
                return False
        return True

    async def _answered(self, connection: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await (await connection.ping())
            await asyncio.sleep(PONG_SETTLE_S)  # frames before the pong are handed over first
            if connection is self._connection:
                self._inbox.put(Alive())

    def _send_ping(self) -> None:
        if self._connection is not None:
            self._start(self._answered(self._connection))

    def _leave(self) -> None:
        if self._connection is not None:
            self._start(self._connection.close())

    def _start(self, work: Coroutine[object, object, None]) -> None:
        self._tasks.add(task := self._loop.create_task(work))
        task.add_done_callback(self._tasks.discard)


def _refusal(error: InvalidStatus) -> tuple[str, float]:
    """Return what a refused handshake says, and the seconds that it asks us to wait."""
    response = error.response
    retry_after = response.headers.get("Retry-After", "0")
    is_number = retry_after.isascii() and retry_after.isdecimal()
    wait_s = min(float(retry_after), LONGEST_WAIT_S) if is_number else 0.0
    return f"handshake refused with HTTP {response.status_code}, Retry-After {retry_after}", wait_s
