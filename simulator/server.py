"""The one place where a simulator is wired and started.

`Simulator` is the public entry point for tests and other code; `serve` runs one until stopped.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Self

from aiohttp import web

from simulator.binance.gateway import Gateway
from simulator.binance.rest import SERVICES, RestApi
from simulator.binance.venues import Market
from simulator.binance.weights import WEIGHTS_PER_MINUTE, WeightBudget
from simulator.control import ControlApi
from simulator.engine.config import SimulatorConfig
from simulator.engine.events import Feed, Trade
from simulator.engine.exchange import Exchange
from simulator.engine.fault_plan import FaultPlan
from simulator.engine.hub import Hub
from simulator.engine.journal import Journal
from simulator.engine.player import Player
from simulator.errors import SimulatorError

_LOG = logging.getLogger(__name__)


class Simulator:
    """A local exchange; use it as an async context manager.

    Args:
        config: how it runs.
        feed: what happens on it.
        past: earlier spot trades, oldest first, that only REST shows.

    Raises:
        SimulatorError: the journal's folder cannot be created.
    """

    def __init__(self, config: SimulatorConfig, feed: Feed, past: Iterable[Trade] = ()) -> None:
        self._config = config
        self._hub = Hub()
        faults = FaultPlan(config.faults)
        exchanges = {
            market: Exchange(
                [rules for rules in feed.rules if rules.market is market], config.history_limit
            )
            for market in Market
        }
        for trade in past:
            exchanges[Market.SPOT].history(trade.symbol).add(trade)
        self._journal = Journal(config.journal, feed.start_ms) if config.journal else None
        self._player = Player(feed, exchanges, self._hub, faults, config, self._journal)
        app = web.Application()
        limits = {Market.SPOT: config.limits, Market.USDM: config.usdm_limits}
        Gateway(self._player, self._hub, faults, limits).add_routes(app)
        for market, service in SERVICES.items():
            budget = WeightBudget(max(1, round(WEIGHTS_PER_MINUTE[market] * config.rate_scale)))
            api = RestApi(service, exchanges[market], self._player, faults, budget)
            api.add_routes(app)
        ControlApi(exchanges, self._player, self._hub, faults).add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._playing: asyncio.Task[None] | None = None
        self.port = config.port

    @property
    def rest_url(self) -> str:
        """Base URL of REST and of the control API."""
        return f"http://{self._config.host}:{self.port}"

    @property
    def websocket_url(self) -> str:
        """Base URL of streams, without ``/ws`` or ``/stream``, or USD-M's category before them."""
        return f"ws://{self._config.host}:{self.port}"

    async def __aenter__(self) -> Self:
        """Listen and play.

        Raises:
            SimulatorError: the port cannot be used.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._config.host, self._config.port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise SimulatorError(
                f"cannot listen on {self._config.host}:{self._config.port}: {error.strerror}; "
                "choose another --port or stop what uses it"
            ) from None
        self.port = self._runner.addresses[0][1]
        self._playing = asyncio.create_task(self._player.run())
        _LOG.info(
            "streams %s/stream, /public, /market; REST %s/api/v3, /fapi/v1; %s/control/status",
            self.websocket_url,
            self.rest_url,
            self.rest_url,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop playing, close every connection and the port."""
        if self._playing is not None:
            self._playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._playing
        if self._journal is not None:
            self._journal.close()
        self._hub.abort_all()
        await self._runner.cleanup()

    async def ended(self) -> None:
        """Wait until the player fails; it does not end by itself."""
        if self._playing is not None:
            await self._playing


async def serve(
    config: SimulatorConfig, feed: Feed, stop: asyncio.Event, past: Iterable[Trade] = ()
) -> None:
    """Run a simulator until `stop` is set.

    Raises:
        SimulatorError: the port cannot be used.
    """
    async with Simulator(config, feed, past) as simulator:
        stopped = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(simulator.ended())
        done, pending = await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        for task in done:
            task.result()
