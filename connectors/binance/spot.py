"""Source connector of Binance spot trades: stream `<symbol>@trade`, market `binance-spot`.

The task wires socket, REST and `TradeFeed`; every decision is the feed's and the sequences'.
"""

import logging
import threading
from typing import ClassVar

from connectors.binance import protocol
from connectors.binance.backfill import Backfiller
from connectors.binance.client import StreamClient
from connectors.binance.inbox import Inbox
from connectors.binance.messages import (
    Alive,
    Connected,
    Disconnected,
    ExchangeTime,
    Frame,
    Message,
)
from connectors.binance.refusals import Refusals
from connectors.binance.rest import SpotRest
from connectors.binance.spot_config import KEYS, SpotConfig
from connectors.binance.trade_feed import Batch, TradeFeed, Wish
from connectors.runtime.clock import Now
from connectors.runtime.config import Settings
from connectors.runtime.contract import Connector, SourceRecord, Task, TaskContext
from connectors.runtime.errors import ConfigError
from connectors.runtime.market_records import MarketRecords
from connectors.runtime.telemetry import Metric
from market.backfills import BackfillResult
from market.feed_events import FeedEventKind
from market.trade_sequence import TradeSequence

MARKET = "binance-spot"
STREAM = "trade"

INBOX_FRAMES = 20_000
"""Frames received and not yet read: two seconds of 10,000 a second, then the socket waits."""

BATCH_FRAMES = 2_000
"""Frames of one poll: short enough that commits and heartbeats are not late."""

_LOG = logging.getLogger(__name__)


class SpotTradesTask(Task):
    """Reads the trades of all configured symbols over one connection."""

    def __init__(self) -> None:
        self._inbox: Inbox[Message] = Inbox(INBOX_FRAMES)
        self._stopping = threading.Event()

    def start(self, settings: Settings, context: TaskContext) -> None:
        """Check the symbols, restore their positions and connect.

        Raises:
            ConfigError: the exchange knows none of the symbols.
            RestError: the exchange does not answer.
        """
        self._context = context
        config = SpotConfig.of(settings)
        self._backfiller = Backfiller(
            MARKET, config.endpoints, self._inbox, context.clock, config.max_backfill_trades
        )
        known, refused = self._check_symbols(config)
        self._feed = self._build_feed(config, known)
        for symbol in refused:
            detail = f"{symbol}: expected a symbol of {MARKET}, the exchange does not know it"
            _LOG.warning("%s task %d: %s", context.connector, context.task, detail)
            self._feed.tell(FeedEventKind.SYMBOL_REFUSED, detail, self._now(), symbol)
        subscription = protocol.subscription(
            config.endpoints.stream_url, [protocol.trade_stream(symbol) for symbol in known]
        )
        self._client = StreamClient(subscription, self._inbox, context.clock)
        self._client.start()

    def _check_symbols(self, config: SpotConfig) -> tuple[list[str], list[str]]:
        rest = SpotRest(config.endpoints, self._context.clock, self._stopping)
        offered = rest.symbols()
        known = [symbol for symbol in config.symbols if symbol in offered]
        if not known:
            raise ConfigError(
                f"connector {self._context.connector}",
                [
                    f"symbols: expected symbols of {config.endpoints.rest_url}, found "
                    f"{','.join(config.symbols)}; it offers {len(offered)}, none of these"
                ],
            )
        return known, [symbol for symbol in config.symbols if symbol not in offered]

    def _build_feed(self, config: SpotConfig, symbols: list[str]) -> TradeFeed:
        records = MarketRecords(MARKET, STREAM, symbols, self._context)
        sequences = {
            symbol: TradeSequence(
                MARKET,
                symbol,
                protocol.trade_stream(symbol),
                config.max_backfill_trades,
                records.stored_offset(symbol),
            )
            for symbol in symbols
        }
        return TradeFeed(
            MARKET,
            sequences,
            records,
            Refusals(MARKET, records, self._context.dead_letters),
            self._context.telemetry,
            config.heartbeat_interval_s,
            config.silent_after_s,
        )

    def poll(self, timeout_s: float) -> list[SourceRecord]:
        """Return the records of what has come, heartbeats last."""
        messages = self._inbox.take(timeout_s, BATCH_FRAMES)
        now = self._now()
        for message in messages:
            if type(message) is Frame:
                event = protocol.decode(message.content)
                self._feed.on_event(event, message.receive_time_ms, now)
            else:
                self._on_message(message, now)
        self._feed.tick(now)
        batch = self._feed.take_batch()
        self._fulfil(batch)
        self._measure(len(messages))
        return batch.records

    def _on_message(self, message: Message, now: Now) -> None:
        if isinstance(message, Connected):
            self._feed.on_connected(message.url, now)
        elif isinstance(message, Disconnected):
            _LOG.warning("%s: %s", self._context.connector, message.reason)
            self._feed.on_disconnected(message.reason, now)
        elif isinstance(message, BackfillResult):
            self._feed.on_backfill(message, now)
        elif isinstance(message, ExchangeTime):
            self._feed.on_time(message.time_ms, now)
        elif isinstance(message, Alive):
            self._feed.on_alive(now)

    def _fulfil(self, batch: Batch) -> None:
        for request in batch.requests:
            self._backfiller.fetch(request)
        for wish in batch.wishes:
            if wish is Wish.ASK_TIME:
                self._backfiller.ask_time()
            elif wish is Wish.PING:
                self._client.ping()
            else:
                self._client.reconnect()

    def _measure(self, messages: int) -> None:
        telemetry = self._context.telemetry
        telemetry.add(Metric.FRAMES, messages)
        telemetry.put(Metric.WAITING, len(self._inbox))
        telemetry.put(Metric.REST_WEIGHT, self._backfiller.used_weight)

    def _now(self) -> Now:
        return Now.of(self._context.clock)

    def commit(self) -> None:
        """Nothing is to be told to the exchange."""

    def stop(self) -> None:
        """Close the connection and end the threads."""
        self._stopping.set()
        if hasattr(self, "_backfiller"):
            self._backfiller.stop()
        if hasattr(self, "_client"):
            self._client.stop()


class SpotTradesConnector(Connector):
    """All symbols in one task.

    A heartbeat vouches for every trade of the market, so only a task that reads them all can give
    it.
    """

    keys: ClassVar = KEYS
    task_class: ClassVar = SpotTradesTask

    def task_settings(self, settings: Settings, max_tasks: int) -> list[Settings]:
        """Return one task, whatever `tasks.max` allows.

        Raises:
            ConfigError: no symbols, or more than one connection carries.
        """
        symbols = settings.names("symbols")
        if not 0 < len(symbols) <= protocol.MAX_STREAMS:
            problem = f"symbols: expected 1 to {protocol.MAX_STREAMS}, found {len(symbols)}"
            raise ConfigError("symbols", [problem])
        return [settings]
