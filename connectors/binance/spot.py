"""Source connector of Binance spot trades: stream `<symbol>@trade`, market `binance-spot`.

The task wires sockets, REST and `TradeFeed`; every decision is the feed's and the sequences'.
"""

import logging
import threading
from typing import ClassVar

from connectors.binance import protocol
from connectors.binance.backfill import Backfiller
from connectors.binance.client import StreamClient
from connectors.binance.rest import SpotRest
from connectors.binance.spot_config import KEYS, SpotConfig
from connectors.connect.clock import Now
from connectors.connect.config import Settings
from connectors.connect.contract import Connector, SourceRecord, Task, TaskContext
from connectors.connect.errors import ConfigError
from connectors.connect.partitions import divide
from connectors.connect.telemetry import Metric
from connectors.feeds.inbox import Inbox, TaggedSink
from connectors.feeds.market_records import MarketRecords
from connectors.feeds.messages import Connected, Disconnected, Frame, Message
from connectors.feeds.refusals import Refusals
from connectors.feeds.trade_clock import TradeClock
from connectors.feeds.trade_feed import AskNewestIds, Batch, FeedTimes, TradeFeed
from market.dictionary.feed_events import FeedEventKind
from market.dictionary.topics import TRADES
from market.trades.backfills import BackfillResult, NewestIds
from market.trades.sequence import TradeSequence

MARKET = "binance-spot"
STREAM = "trade"
TOPIC = TRADES[MARKET]

INBOX_FRAMES = 20_000
"""Frames received and not yet read: two seconds of 10,000 a second, then the sockets wait."""

BATCH_FRAMES = 2_000
"""Frames of one poll: short enough that commits and heartbeats are not late."""

REST_TAG = 0
"""Number of what comes from REST; connections are numbered from 1."""

_LOG = logging.getLogger(__name__)


class SpotTradesTask(Task):
    """Reads the trades of its symbols over connections that all carry the same streams."""

    def __init__(self) -> None:
        self._inbox: Inbox[tuple[int, Message]] = Inbox(INBOX_FRAMES)
        self._clients: dict[int, StreamClient] = {}
        self._stopping = threading.Event()

    def start(self, settings: Settings, context: TaskContext) -> None:
        """Check the symbols, restore their offsets and connect.

        Raises:
            ConfigError: the exchange knows none of the symbols.
            RestError: the exchange does not answer.
        """
        self._context = context
        config = SpotConfig.of(settings)
        self._backfiller = Backfiller(
            MARKET,
            config.endpoints,
            TaggedSink(self._inbox, REST_TAG),
            context.clock,
            config.max_backfill_trades,
        )
        rest = SpotRest(config.endpoints, context.clock, self._stopping)
        offered = rest.symbols()
        records = MarketRecords(MARKET, STREAM, TOPIC, config.symbols, context, config.partitions)
        # One answer may be wrong: what was vouched for is kept by the later one, and the clock
        # begins at the earlier one, because it cannot be set back.
        exchange_times_ms = rest.time_ms(), rest.time_ms()
        records.begin(max(exchange_times_ms))
        # A symbol that was followed before is still vouched for: what it may lack must be told.
        followed = [
            symbol
            for symbol in config.symbols
            if symbol in offered or records.stored_offset(symbol) is not None
        ]
        self._require_symbols(config, followed, len(offered))
        self._feed = self._build_feed(config, records, followed, min(exchange_times_ms))
        for symbol in config.symbols:
            if symbol not in offered:
                detail = f"{symbol}: expected a symbol of {MARKET}, the exchange does not know it"
                _LOG.warning("%s task %d: %s", context.connector, context.task, detail)
                self._feed.report(FeedEventKind.SYMBOL_REFUSED, detail, self._now(), symbol)
        self._connect(config, followed)

    def _require_symbols(self, config: SpotConfig, followed: list[str], offered: int) -> None:
        """Refuse a connector without a symbol; one task of several vouches for empty partitions."""
        if followed or len(config.partitions) < TOPIC.partitions:
            return
        raise ConfigError(
            f"connector {self._context.connector}",
            [
                f"symbols: expected symbols of {config.endpoints.rest_url}, found "
                f"{','.join(config.symbols)}; it offers {offered}, none of these"
            ],
        )

    def _build_feed(
        self, config: SpotConfig, records: MarketRecords, symbols: list[str], exchange_time_ms: int
    ) -> TradeFeed:
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
            config.partitions,
            records,
            Refusals(MARKET, records, self._context.dead_letters, protocol.trade_stream),
            self._context.telemetry,
            TradeClock(exchange_time_ms, self._context.clock.monotonic_s()),
            config.connections if symbols else 0,
            FeedTimes(config.heartbeat_interval_s, config.hold_s, config.lifetime_s),
        )

    def _connect(self, config: SpotConfig, symbols: list[str]) -> None:
        if not symbols:
            return
        subscription = protocol.subscription(
            config.endpoints.stream_url, [protocol.trade_stream(symbol) for symbol in symbols]
        )
        for number in range(1, config.connections + 1):
            client = StreamClient(
                subscription, TaggedSink(self._inbox, number), self._context.clock
            )
            self._clients[number] = client
            client.start()

    def poll(self, timeout_s: float) -> list[SourceRecord]:
        """Return the records of what has come, heartbeats last."""
        messages = self._inbox.take(timeout_s, BATCH_FRAMES)
        now = self._now()
        for number, message in messages:
            if type(message) is Frame:
                event = protocol.decode(message.content)
                self._feed.on_event(number, event, message.receive_time_ms, now)
            else:
                self._on_message(number, message, now)
        self._feed.tick(now)
        batch = self._feed.take_batch()
        self._carry_out(batch)
        self._measure(len(messages))
        return batch.records

    def _on_message(self, number: int, message: Message, now: Now) -> None:
        if isinstance(message, Connected):
            self._feed.on_connected(number, message.url, now)
        elif isinstance(message, Disconnected):
            _LOG.warning("%s connection %d: %s", self._context.connector, number, message.reason)
            failed = message.subscription_failed
            kind = FeedEventKind.SUBSCRIPTION_FAILED if failed else FeedEventKind.DISCONNECTED
            self._feed.on_disconnected(number, message.reason, now, kind)
        elif isinstance(message, BackfillResult):
            self._feed.on_backfill(message, now)
        elif isinstance(message, NewestIds):
            self._feed.on_newest_ids(message, now)

    def _carry_out(self, batch: Batch) -> None:
        for request in batch.requests:
            self._backfiller.fetch(request)
        for command in batch.commands:
            if isinstance(command, AskNewestIds):
                self._backfiller.ask_newest_ids(command.symbols)
            else:
                self._clients[command.connection].reconnect()

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
        """Close the connections and end the threads."""
        self._stopping.set()
        if hasattr(self, "_backfiller"):
            self._backfiller.stop()
        for client in self._clients.values():
            client.end()
        for client in self._clients.values():
            client.stop()


class SpotTradesConnector(Connector):
    """Tasks own partitions of the market's topic, with all symbols that go there.

    A heartbeat vouches for every symbol of a partition, so only a task that reads them all can give
    it.
    """

    keys: ClassVar = KEYS
    task_class: ClassVar = SpotTradesTask
    vouched_topic: ClassVar = TOPIC.name

    def task_settings(self, settings: Settings, max_tasks: int) -> list[Settings]:
        """Return one task for each share of the partitions, at most `max_tasks`.

        Raises:
            ConfigError: no symbols, or more in a task than one connection carries.
        """
        tasks = divide(settings, MARKET, TOPIC.partitions, max_tasks)
        most = max(len(task.names("symbols")) for task in tasks)
        if not 0 < most <= protocol.MAX_STREAMS:
            problem = (
                f"symbols: expected 1 to {protocol.MAX_STREAMS}, found {most} in a task; "
                "with too many raise tasks.max"
            )
            raise ConfigError("symbols", [problem])
        return tasks
