"""The task of a books connector: wires sockets and REST to a `BookFeed`.

The feed and the books make every decision; the venue knows the market.
"""

import logging
import random
import threading
from typing import ClassVar

from connectors.connect.clock import Now
from connectors.connect.config import Settings
from connectors.connect.contract import SourceRecord, Task, TaskContext
from connectors.connect.errors import ConfigError
from connectors.connect.telemetry import Metric
from connectors.feeds.book_feed import BookFeed, FeedTimes
from connectors.feeds.book_records import BookRecords
from connectors.feeds.book_set import BookSet
from connectors.feeds.config import BooksConfig
from connectors.feeds.connection_groups import ConnectionGroups
from connectors.feeds.inbox import Inbox, TaggedSink
from connectors.feeds.messages import (
    CLOCK,
    NO_CONNECTION,
    Alive,
    AskTime,
    CloseConnection,
    Command,
    Connected,
    Disconnected,
    ExchangeTime,
    FetchSnapshot,
    Frame,
    Message,
    OpenConnection,
    SnapshotAnswer,
)
from connectors.feeds.refusals import Refusals
from connectors.feeds.rest_threads import RestThreads
from connectors.feeds.snapshot_planner import MAX_UNANSWERED, SnapshotPlanner
from connectors.feeds.stream_client import StreamClient
from connectors.feeds.venue import BooksRest, BooksVenue
from market.books.events import BookEvents
from market.books.published_book import PublishedBook
from market.dictionary.feed_events import FeedEventKind
from market.dictionary.topics import BOOK_TOPS

INBOX_FRAMES = 20_000
"""Most frames received and not yet read: two seconds at 10,000 a second, then the sockets wait."""

BATCH_FRAMES = 2_000
"""Most frames of one poll: few enough that commits and heartbeats are not late."""

REST_WORKERS = MAX_UNANSWERED + 2
"""A thread for each snapshot that may be under way, and two for questions about the time."""

_LOG = logging.getLogger(__name__)


class BooksTask(Task):
    """Follows the books of all configured symbols, over as many connections as they need."""

    venue: ClassVar[BooksVenue]

    def __init__(self) -> None:
        self._inbox: Inbox[tuple[int, Message]] = Inbox(INBOX_FRAMES)
        self._clients: dict[int, StreamClient] = {}

    def start(self, settings: Settings, context: TaskContext) -> None:
        """Check the symbols, restore their offsets and connect.

        Raises:
            ConfigError: the exchange knows none of the symbols.
            RestError: the exchange does not answer.
        """
        self._context = context
        self._config = config = BooksConfig.of(settings, self.venue)
        self._rest = RestThreads[BooksRest](
            lambda stopping: self.venue.books_rest(config.endpoints, context.clock, stopping),
            REST_WORKERS,
            self._inbox,
            threading.Event(),
        )
        known, refused = self._check_symbols()
        self._feed = self._build_feed(known)
        now = Now.of(context.clock)
        self._feed.on_time(CLOCK, self._rest.client().time_ms(), now)
        for symbol in refused:
            detail = f"{symbol}: expected a symbol of {self.venue.market}, it is not known there"
            _LOG.warning("%s task %d: %s", context.connector, context.task, detail)
            self._feed.report(FeedEventKind.SYMBOL_REFUSED, detail, now, symbol)

    def _check_symbols(self) -> tuple[list[str], list[str]]:
        symbols, offered = self._config.symbols, self._rest.client().symbols()
        known = [symbol for symbol in symbols if symbol in offered]
        owns_all = len(self._config.partitions) == BOOK_TOPS[self.venue.market].partitions
        # Without all partitions, other tasks follow their symbols and need our heartbeats.
        if not known and owns_all:
            raise ConfigError(
                f"connector {self._context.connector}",
                [
                    f"symbols: expected symbols of {self._config.endpoints.rest_url}, found "
                    f"{','.join(symbols)}; it offers {len(offered)}, none of these"
                ],
            )
        return known, [symbol for symbol in symbols if symbol not in offered]

    def _build_feed(self, symbols: list[str]) -> BookFeed:
        config, venue, context = self._config, self.venue, self._context
        records = BookRecords(venue.market, symbols, context, config.partitions)
        streams = {symbol: venue.depth_stream(symbol, config.depth_speed) for symbol in symbols}
        books = {
            symbol: PublishedBook(
                BookEvents(venue.market, symbol, streams[symbol]),
                records.offset(symbol),
                config.levels_interval_ms,
            )
            for symbol in symbols
        }
        book_set = BookSet(
            venue.market,
            streams,
            books,
            records,
            Refusals(venue.market, records, context.dead_letters, venue.ticker_stream),
            context.telemetry,
            publish_diffs=config.publish_diffs,
        )
        weight = venue.snapshot_weight(config.snapshot_limit)
        planner = SnapshotPlanner(weight, venue.weight_limit, random.random)
        planner.on_used(self._rest.used_weight, context.clock.time_ms())
        return BookFeed(
            book_set,
            ConnectionGroups(symbols, config.symbols_per_connection, config.lifetime_s),
            planner,
            FeedTimes(
                config.heartbeat_interval_s,
                config.silent_after_s,
                config.audit_interval_s,
                config.hold_max_s,
                config.diff_interval_ms,
            ),
        )

    def poll(self, timeout_s: float) -> list[SourceRecord]:
        """Return the records of the messages received so far."""
        messages = self._inbox.take(timeout_s, BATCH_FRAMES)
        now = Now.of(self._context.clock)
        feed, decode = self._feed, self.venue.decode_book
        for connection, message in messages:
            if type(message) is not Frame:
                self._on_message(connection, message, now)
                continue
            feed.on_event(connection, decode(message.content), message.receive_time_ms, now)
        feed.tick(now)
        batch = feed.take_batch()
        for command in batch.commands:
            self._fulfil(command)
        self._context.telemetry.add(Metric.FRAMES, len(messages))
        self._context.telemetry.put(Metric.WAITING, len(self._inbox))
        return batch.records

    def _on_message(self, connection: int, message: Message, now: Now) -> None:
        if isinstance(message, Connected):
            self._feed.on_connected(connection, message.url, now)
        elif isinstance(message, Disconnected):
            _LOG.warning(
                "%s connection %d: %s", self._context.connector, connection, message.reason
            )
            self._feed.on_disconnected(connection, message.reason, now)
        elif isinstance(message, SnapshotAnswer):
            self._feed.on_snapshot(message, now)
        elif isinstance(message, ExchangeTime):
            self._feed.on_time(connection, message.time_ms, now)
        elif isinstance(message, Alive):
            self._feed.on_alive(connection, now)

    def _fulfil(self, command: Command) -> None:
        if isinstance(command, FetchSnapshot):
            self._fetch(command.symbol, command.epoch)
        elif isinstance(command, AskTime):
            self._rest.ask(
                command.connection,
                lambda rest: ExchangeTime(rest.time_ms()),
                lambda _: ExchangeTime(None),
            )
        elif isinstance(command, OpenConnection):
            self._connect(command)
        elif isinstance(command, CloseConnection):
            self._clients.pop(command.connection).end()
        else:
            self._clients[command.connection].ping()

    def _fetch(self, symbol: str, epoch: int) -> None:
        limit = self._config.snapshot_limit
        self._rest.ask(
            NO_CONNECTION,
            lambda rest: rest.snapshot(symbol, limit, epoch),
            lambda reason: SnapshotAnswer(symbol, epoch, failure=reason),
        )

    def _connect(self, command: OpenConnection) -> None:
        speed = self._config.depth_speed
        streams = [
            name
            for symbol in command.symbols
            for name in (self.venue.depth_stream(symbol, speed), self.venue.ticker_stream(symbol))
        ]
        client = StreamClient(
            self.venue.subscription(self._config.endpoints.stream_url, streams),
            TaggedSink(self._inbox, command.connection),
            self._context.clock,
        )
        self._clients[command.connection] = client
        client.start()

    def commit(self) -> None:
        """Do nothing: the exchange takes no acknowledgement."""

    def stop(self) -> None:
        """Close the connections and end the threads."""
        if hasattr(self, "_rest"):
            self._rest.stop()
        for client in self._clients.values():
            client.end()
        for client in self._clients.values():
            client.stop()
