"""Plays a feed: lets frames happen when they are due, and sends what the faults let through.

Theory of operation. One task plays the feed in order. Each frame first happens on the exchange, as
changed by the faults of the market, then passes the fault plan, then is queued for its subscribers.
Queues are written when the next frame is not due yet, or every `BATCH` frames. At full speed the
player waits for slow readers instead of dropping frames. With `hold_for_snapshots` it stands still
at the first book of a symbol until a client has requested it: what a client knows of books then
does not depend on how fast it asks. A second task lets time pass for faults every `TICK_SECONDS`.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping

from simulator.binance.venues import Market, market_of, stream_name
from simulator.engine.clock import MAX_SPEED, ReplayClock
from simulator.engine.config import SimulatorConfig
from simulator.engine.events import Feed, Frame
from simulator.engine.exchange import Exchange
from simulator.engine.fault_plan import FaultPlan
from simulator.engine.fault_state import Fault
from simulator.engine.hub import Hub
from simulator.engine.journal import Journal
from simulator.engine.market_changes import MarketChanges

_LOG = logging.getLogger(__name__)

BATCH = 256
"""Most frames written at once: about 40 KB of trades."""
TICK_SECONDS = 0.02
SNAPSHOT_LEAD_SECONDS = 2.0
"""Time for a client to take the book that it has requested."""
GOING_AWAY = 1001


def _awaited_books(config: SimulatorConfig) -> set[tuple[Market, str]]:
    """Return the books whose diffs a client must subscribe to before the clock starts."""
    diffs = [address for address in config.start_streams if "@depth" in address]
    return {
        (market_of(address), stream_name(address).partition("@")[0].upper()) for address in diffs
    }


class Player:
    """The running exchange.

    Args:
        feed: what happens.
        exchanges: where it happens, by market.
        hub: sends it to the subscribers.
        faults: what goes wrong.
        config: speeds and the start.
        journal: records it; None records nothing.
    """

    def __init__(
        self,
        feed: Feed,
        exchanges: Mapping[Market, Exchange],
        hub: Hub,
        faults: FaultPlan,
        config: SimulatorConfig,
        journal: Journal | None = None,
    ) -> None:
        self.feed = feed
        self._exchanges = exchanges
        self._changes = MarketChanges(exchanges)
        self._journal = journal
        self._hub = hub
        self._faults = faults
        self._waits_for_reader = config.speed == MAX_SPEED
        self._clock = ReplayClock(feed.start_ms, config.speed, config.effective_idle_speed)
        self._wanted = asyncio.Event()
        self._awaited = set(config.start_streams)
        self._unserved_books = _awaited_books(config) if config.hold_for_snapshots else set()
        self._refused_until_s = 0.0
        self._shutdowns: set[asyncio.Task[None]] = set()
        if not config.start_on_subscribe:
            self._wanted.set()

    @property
    def started(self) -> bool:
        """True once the exchange's clock runs."""
        return self._clock.started

    @property
    def finished(self) -> bool:
        """True after the last frame."""
        return self._clock.finished

    @property
    def refuses(self) -> bool:
        """True while a cut or shutdown keeps clients out."""
        return time.monotonic() < self._refused_until_s

    def now_ms(self) -> int:
        """Return the exchange's time."""
        return self._clock.now_ms(time.monotonic())

    def on_subscription(self, addresses: Iterable[str]) -> None:
        """Start a standing clock once all awaited streams, or any served one, are subscribed to."""
        served = not self.feed.streams.isdisjoint(addresses)
        if self._wanted.is_set() or not (self._awaited or served):
            return
        self._awaited.difference_update(addresses)
        if not self._awaited:
            self._wanted.set()

    def on_book_served(self, market: Market, symbol: str) -> None:
        """Note that REST has served a symbol's book."""
        self._unserved_books.discard((market, symbol))

    async def run(self) -> None:
        """Play the feed to its end, then let time pass until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick_forever())
            tasks.create_task(self._play())

    async def _play(self) -> None:
        await self._wanted.wait()
        self._clock.start(time.monotonic())
        for number, frame in enumerate(self.feed.frames(), start=1):
            self._clock.expect(frame.due_ms)
            wait_s = self._clock.seconds_until(frame.due_ms, time.monotonic())
            if wait_s > 0:
                self._hub.flush()
                await asyncio.sleep(wait_s)
            elif number % BATCH == 0:
                await self._write()
            self._happen(frame)
            if self._unserved_books and not frame.stream:
                await self._stand_still(frame)
        self._hub.flush()
        self._clock.finish(time.monotonic())
        _LOG.info("last frame sent; the clock continues from %d", self.now_ms())

    async def _stand_still(self, frame: Frame) -> None:
        """Wait until a client has requested a frame's book, if the replay holds for it."""
        book, began_s = (frame.market, frame.symbol), time.monotonic()
        if book not in self._unserved_books:
            return
        self._hub.flush()
        while book in self._unserved_books:
            await asyncio.sleep(TICK_SECONDS)
        await asyncio.sleep(SNAPSHOT_LEAD_SECONDS)
        self._clock.add_pause(time.monotonic() - began_s)

    async def _write(self) -> None:
        self._hub.flush()
        # At full speed nothing else gives the connections' tasks a turn.
        await asyncio.sleep(0)
        while self._waits_for_reader and self._hub.backlogged():
            await asyncio.sleep(0.001)

    def _happen(self, frame: Frame) -> None:
        is_disturbed = not self._faults.idle
        if is_disturbed:
            # By the frame's time, so that faults hit the same frames at every speed.
            self.tick(frame.due_ms)
        happening = self._changes.applied(frame)
        if happening is None:
            return
        # What faults withhold from subscribers has happened: REST and the journal have it.
        self._exchanges[frame.market].record(happening)
        if self._journal is not None:
            self._journal.write(happening)
        for out in self._faults.on_frame(happening) if is_disturbed else (happening,):
            self._hub.publish(out)

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            # Between two frames and after the last one, nothing else lets time pass.
            self.tick(self.now_ms())
            self._hub.flush()
            if self._journal is not None:
                self._journal.flush_if_due(time.monotonic())

    def tick(self, clock_ms: int) -> None:
        """Pass the exchange's time to the faults and act on those that are due."""
        for fault in self._faults.on_time(clock_ms, time.monotonic()):
            self._interrupt(fault)
        for frame in self._faults.released(clock_ms):
            self._hub.publish(frame)

    def _interrupt(self, fault: Fault) -> None:
        _LOG.info("fault %d: %s", fault.number, fault.spec.kind)
        if fault.spec.kind in ("reset_ids", "delist"):
            for market in self._changes.change(fault.spec):
                if self._journal is not None:
                    self._journal.note(market, fault.spec.kind, fault.spec.symbol, self.now_ms())
            return
        if fault.spec.kind == "cut":
            self._hub.flush()
            self._hub.abort(fault.spec)
            self._refuse(fault.spec.seconds)
            return
        if fault.spec.kind == "stale_snapshot":
            for exchange in self._exchanges.values():
                exchange.keep_books()
            return
        task = asyncio.create_task(self._shut_down(fault))
        # The event loop keeps only weak references to its tasks.
        self._shutdowns.add(task)
        task.add_done_callback(self._shutdowns.discard)

    async def _shut_down(self, fault: Fault) -> None:
        self._hub.announce_shutdown()
        await asyncio.sleep(fault.spec.lead_seconds)
        self._refuse(fault.spec.seconds)
        await self._hub.close_all(GOING_AWAY, "server shutdown")

    def _refuse(self, seconds: float) -> None:
        self._refused_until_s = max(self._refused_until_s, time.monotonic() + seconds)
