"""The task of a trades connector: wires sockets and REST to a `TradeFeed`.

The feed and the sequences make every decision; the venue knows the market.
"""

import logging
import threading
from collections.abc import Sequence
from typing import ClassVar

from connectors.connect.clock import Now
from connectors.connect.config import Settings
from connectors.connect.contract import SourceRecord, Task, TaskContext
from connectors.connect.errors import ConfigError
from connectors.connect.telemetry import Metric
from connectors.feeds.config import TradesConfig
from connectors.feeds.history_fetcher import HistoryFetcher
from connectors.feeds.inbox import Inbox, TaggedSink
from connectors.feeds.market_records import MarketRecords
from connectors.feeds.messages import Connected, Disconnected, Frame, Message
from connectors.feeds.refusals import Refusals
from connectors.feeds.rest_threads import RestThreads
from connectors.feeds.stream_client import StreamClient
from connectors.feeds.trade_clock import TradeClock
from connectors.feeds.trade_feed import AskNewestIds, Batch, FeedTimes, TradeFeed
from connectors.feeds.venue import TradesRest, TradesVenue
from market.dictionary.feed_events import FeedEventKind
from market.dictionary.topics import TRADES
from market.trades.backfills import BackfillRequest, BackfillResult, NewestIds
from market.trades.sequence import TradeSequence

STREAM = "trade"

INBOX_FRAMES = 20_000
"""Most frames received and not yet read: two seconds at 10,000 a second, then the sockets wait."""

BATCH_FRAMES = 2_000
"""Most frames of one poll: few enough that commits and heartbeats are not late."""

REST_TAG = 0
"""Number of what comes from REST; connections are numbered from 1."""

_LOG = logging.getLogger(__name__)


HISTORY_WORKERS = 2
"""How many symbols' histories are fetched at once."""

QUESTION_WORKERS = 2
"""Short questions have threads of their own: what proves time never waits behind histories."""


class TradesTask(Task):
    """Reads the trades of its symbols over connections that all carry the same streams."""

    venue: ClassVar[TradesVenue]

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
        self._config = config = TradesConfig.of(settings, self.venue)
        self._histories = self._rest_threads(HISTORY_WORKERS)
        self._questions = self._rest_threads(QUESTION_WORKERS)
        rest = self._questions.client()
        offered = rest.symbols()
        market = self.venue.market
        records = MarketRecords(
            market, STREAM, TRADES[market], config.symbols, context, config.partitions
        )
        # One answer may be wrong. The earlier one counts: the clock cannot be set back.
        exchange_time_ms = min(rest.time_ms(), rest.time_ms())
        # A symbol that was followed before is still vouched for: what it may lack must be reported.
        followed = [
            symbol
            for symbol in config.symbols
            if symbol in offered or records.stored_offset(symbol) is not None
        ]
        self._require_symbols(config, followed, len(offered))
        self._feed = self._build_feed(records, followed, exchange_time_ms)
        for symbol in config.symbols:
            if symbol not in offered:
                detail = f"{symbol}: expected a symbol of {market}, the exchange does not know it"
                _LOG.warning("%s task %d: %s", context.connector, context.task, detail)
                self._feed.report(FeedEventKind.SYMBOL_REFUSED, detail, self._now(), symbol)
        self._connect(followed)

    def _rest_threads(self, workers: int) -> RestThreads[TradesRest]:
        endpoints, clock = self._config.endpoints, self._context.clock
        return RestThreads(
            lambda stopping: self.venue.trades_rest(endpoints, clock, stopping),
            workers,
            self._inbox,
            self._stopping,
        )

    def _require_symbols(self, config: TradesConfig, followed: list[str], offered: int) -> None:
        """Refuse a connector without a symbol; one task of several vouches for empty partitions."""
        if followed or len(config.partitions) < TRADES[self.venue.market].partitions:
            return
        raise ConfigError(
            f"connector {self._context.connector}",
            [
                f"symbols: expected symbols of {config.endpoints.rest_url}, found "
                f"{','.join(config.symbols)}; it offers {offered}, none of these"
            ],
        )

    def _build_feed(
        self, records: MarketRecords, symbols: list[str], exchange_time_ms: int
    ) -> TradeFeed:
        config, market, stream = self._config, self.venue.market, self.venue.trade_stream
        sequences = {
            symbol: TradeSequence(
                market,
                symbol,
                stream(symbol),
                config.max_backfill_trades,
                records.stored_offset(symbol),
            )
            for symbol in symbols
        }
        return TradeFeed(
            market,
            sequences,
            config.partitions,
            records,
            Refusals(market, records, self._context.dead_letters, stream),
            self._context.telemetry,
            TradeClock(exchange_time_ms, self._context.clock.monotonic_s()),
            config.connections if symbols else 0,
            FeedTimes(config.heartbeat_interval_s, config.hold_s, config.lifetime_s),
        )

    def _connect(self, symbols: list[str]) -> None:
        if not symbols:
            return
        subscription = self.venue.subscription(
            self._config.endpoints.stream_url, [self.venue.trade_stream(one) for one in symbols]
        )
        for number in range(1, self._config.connections + 1):
            client = StreamClient(
                subscription, TaggedSink(self._inbox, number), self._context.clock
            )
            self._clients[number] = client
            client.start()

    def poll(self, timeout_s: float) -> list[SourceRecord]:
        """Return the records of the messages received so far, heartbeats last."""
        messages = self._inbox.take(timeout_s, BATCH_FRAMES)
        now, decode = self._now(), self.venue.decode_trade
        for number, message in messages:
            if type(message) is Frame:
                event = decode(message.content)
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
            self._fetch(request)
        for command in batch.commands:
            if isinstance(command, AskNewestIds):
                self._ask_newest_ids(command.symbols)
            else:
                self._clients[command.connection].reconnect()

    def _fetch(self, request: BackfillRequest) -> None:
        longest = self._config.max_backfill_trades
        self._histories.ask(
            REST_TAG,
            lambda rest: HistoryFetcher(rest, longest, self._stopping).fetch(request),
            lambda reason: BackfillResult(request, (), reason),
        )

    def _ask_newest_ids(self, symbols: Sequence[str]) -> None:
        self._questions.ask(
            REST_TAG,
            lambda rest: rest.newest_ids(symbols),
            lambda reason: NewestIds(0, {}, failure=reason),
        )

    def _measure(self, messages: int) -> None:
        telemetry = self._context.telemetry
        telemetry.add(Metric.FRAMES, messages)
        telemetry.put(Metric.WAITING, len(self._inbox))
        telemetry.put(Metric.REST_WEIGHT, self._questions.used_weight)

    def _now(self) -> Now:
        return Now.of(self._context.clock)

    def commit(self) -> None:
        """Do nothing: the exchange takes no acknowledgement."""

    def stop(self) -> None:
        """Close the connections and end the threads."""
        self._stopping.set()
        if hasattr(self, "_questions"):
            self._histories.stop()
            self._questions.stop()
        for client in self._clients.values():
            client.end()
        for client in self._clients.values():
            client.stop()
