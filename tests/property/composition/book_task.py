"""The task of one market's books: the real `BookFeed` between model network and Kafka."""

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.binance.book_protocol import decode
from connectors.binance.venues import ticker_stream
from connectors.connect.contract import SourceRecord
from connectors.connect.partitions import shares
from connectors.feeds.book_feed import BookFeed, FeedTimes
from connectors.feeds.book_records import BookRecords
from connectors.feeds.book_set import BookSet
from connectors.feeds.connection_groups import ConnectionGroups
from connectors.feeds.events import DepthReceived
from connectors.feeds.messages import (
    CLOCK,
    Alive,
    AskTime,
    CloseConnection,
    Command,
    Connected,
    Disconnected,
    FetchSnapshot,
    OpenConnection,
    SnapshotAnswer,
)
from connectors.feeds.refusals import Refusals
from connectors.feeds.snapshot_planner import SnapshotPlanner
from connectors.feeds.venue import RestError
from market.books.depth_updates import BookSnapshot
from market.books.events import BookEvents
from market.books.published_book import PublishedBook
from market.dictionary.topics import BOOK_TOPS
from tests.property.composition.exchange import SPOT, USDM
from tests.property.composition.rest_model import REFUSAL_S, Kind
from tests.property.composition.tasks import ModelTask

SNAPSHOT_LIMIT = 100
MOST_LAG_MS = 10_000
SYMBOLS_PER_CONNECTION = 2
LIFETIME_S = 40.0
TASKS = {SPOT: 1, USDM: 2}
"""One task with two connections, and two with one each."""

TIMES = FeedTimes(heartbeat_s=1.0, silent_s=20.0, audit_s=15.0, hold_max_s=4.0)


class BookTask(ModelTask):
    """Follows the books of some symbols of one market."""

    def __init__(
        self,
        market: str,
        number: int,
        partitions: Sequence[int],
        symbols: Sequence[str],
        *worker: Any,
    ) -> None:
        super().__init__(f"{market}-books-{number}", *worker)
        self.market, self.seen_lag_ms = market, 0
        self._owned, self._symbols = tuple(partitions), tuple(symbols)

    def start(self) -> None:
        # As the real task does. A clock that is behind from here on cannot be found out before a
        # frame comes, so it is from a cache or off only later.
        time_ms = self.rest.time_ms(self)
        context, market = self.context(), self.market
        records = BookRecords(market, self._symbols, context, self._owned)
        streams = {symbol: f"{symbol.lower()}@depth@100ms" for symbol in self._symbols}
        published = {
            symbol: PublishedBook(
                BookEvents(market, symbol, streams[symbol]), records.offset(symbol), 60_000
            )
            for symbol in self._symbols
        }
        books = BookSet(
            market,
            streams,
            published,
            records,
            Refusals(market, records, context.dead_letters, ticker_stream),
            context.telemetry,
            publish_diffs=False,
        )
        planner = SnapshotPlanner(20, 6_000, lambda: 0.5)
        groups = ConnectionGroups(self._symbols, SYMBOLS_PER_CONNECTION, LIFETIME_S)
        self._feed = BookFeed(books, groups, planner, TIMES)
        self._used_weight = self.seen_lag_ms = 0
        self._feed.on_time(CLOCK, time_ms, self.now())
        self._fulfil_all()

    def on_message(self, number: int, item: object) -> None:
        feed, now = self._feed, self.now()
        if isinstance(item, bytes):
            event = decode(item)
            if isinstance(event, DepthReceived) and event.change_time_ms:
                lag_ms = event.publish_time_ms - event.change_time_ms
                self.seen_lag_ms = max(self.seen_lag_ms, min(lag_ms, MOST_LAG_MS))
            feed.on_event(number, event, now.time_ms, now)
        elif isinstance(item, Connected):
            feed.on_connected(number, item.url, now)
        elif isinstance(item, Disconnected):
            feed.on_disconnected(number, item.reason, now)
        elif isinstance(item, Alive):
            feed.on_alive(number, now)

    def poll(self) -> list[SourceRecord]:
        self._feed.tick(self.now())
        return self._fulfil_all()

    def _fulfil_all(self) -> list[SourceRecord]:
        batch = self._feed.take_batch()
        for command in batch.commands:
            self._fulfil(command)
        return batch.records

    def _fulfil(self, command: Command) -> None:
        if isinstance(command, FetchSnapshot):
            self._fetch(command)
        elif isinstance(command, AskTime):
            self._ask_time(command.connection)
        elif isinstance(command, OpenConnection):
            streams = [(kind, s) for s in command.symbols for kind in ("depth", "ticker")]
            self.network.open(command.connection, self.market, streams)
        elif isinstance(command, CloseConnection):
            self.network.close(command.connection)
        else:
            self.network.ping(command.connection)

    def _fetch(self, command: FetchSnapshot) -> None:
        self._used_weight = (self._used_weight + 20) % 2_000
        self.rest.request(
            self,
            Kind.DEPTH,
            lambda: self._snapshot(command),
            lambda answer: self._feed.on_snapshot(answer, self.now()),
        )

    def _snapshot(self, command: FetchSnapshot) -> SnapshotAnswer:
        try:
            answer = self.rest.depth(self.market, command.symbol)
        except RestError as error:
            refused_s = REFUSAL_S.get(self.rest.trouble_of(Kind.DEPTH, command.symbol))
            return SnapshotAnswer(command.symbol, command.epoch, None, str(error), None, refused_s)
        snapshot = BookSnapshot.from_wire(
            answer["lastUpdateId"],  # type: ignore[arg-type]
            answer["bids"],  # type: ignore[arg-type]
            answer["asks"],  # type: ignore[arg-type]
            self.clock.time_ms(),
            SNAPSHOT_LIMIT,
        )
        return SnapshotAnswer(command.symbol, command.epoch, snapshot, "", self._used_weight)

    def _ask_time(self, connection: int) -> None:
        self.rest.request(
            self,
            Kind.TIME,
            self._time,
            lambda time_ms: self._feed.on_time(connection, time_ms, self.now()),
        )

    def _time(self) -> int | None:
        try:
            return self.rest.books_time_ms(self)
        except RestError:
            return None


def book_tasks(market: str, symbols: Sequence[str], *worker: Any) -> Iterator[BookTask]:
    """Give the tasks that share a market's partitions."""
    partitions = BOOK_TOPS[market].partitions
    for number, share in enumerate(shares(symbols, market, partitions, TASKS[market])):
        yield BookTask(market, number, *share, *worker)
