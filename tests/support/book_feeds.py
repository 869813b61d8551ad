"""A book feed on connections that a test makes and breaks."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from connectors.binance.venues import ticker_stream
from connectors.connect.clock import Now
from connectors.feeds.book_feed import Batch, BookFeed, FeedTimes
from connectors.feeds.book_records import BookRecords
from connectors.feeds.book_set import BookSet
from connectors.feeds.connection_groups import ConnectionGroups
from connectors.feeds.events import DepthReceived, TickerReceived
from connectors.feeds.messages import SnapshotAnswer
from connectors.feeds.refusals import Refusals
from connectors.feeds.snapshot_planner import SnapshotPlanner
from market.books.events import BookEvents
from market.books.published_book import PublishedBook
from tests.support.connector_doubles import HandClock, context
from tests.support.depth import TIME_MS, snapshot

MARKET, TOPIC = "binance-spot", "book_tops.binance-spot"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
BTC, ETH = SYMBOLS
SILENT_S, LIFETIME_S, HOLD_S = 60.0, 1_000.0, 10.0
Event = TypeVar("Event", DepthReceived, TickerReceived)


def diff(last: int, after_ms: int, symbol: str = BTC, first: int | None = None) -> DepthReceived:
    """A diff of one id unless told otherwise, some milliseconds after `TIME_MS`."""
    begin = last if first is None else first
    return DepthReceived(symbol, TIME_MS + after_ms, begin, last, [("100.00", str(last))], [])


def ticker(update_id: int, symbol: str = BTC, bid_size: str = "1") -> TickerReceived:
    return TickerReceived(symbol, update_id, "100.00", bid_size, "101.00", "1.000")


def timed(event: Event, publish_after_ms: int, lag_ms: int = 3) -> Event:
    """The same event as a market tells it that has times of publication and of change."""
    publish_ms = TIME_MS + publish_after_ms
    return msgspec.structs.replace(
        event, publish_time_ms=publish_ms, change_time_ms=publish_ms - lag_ms
    )


Offsets = Sequence[tuple[Mapping[str, str], Mapping[str, object]]]


class World:
    """A feed on connections that the test makes and breaks."""

    def __init__(
        self, symbols_per_group: int = 2, offsets: Offsets = (), *, publish_diffs: bool = False
    ) -> None:
        self.clock = HandClock()
        self.context = context(self.clock, offsets)
        records = BookRecords(MARKET, SYMBOLS, self.context)
        streams = {symbol: f"{symbol.lower()}@depth@100ms" for symbol in SYMBOLS}
        published = {
            symbol: PublishedBook(
                BookEvents(MARKET, symbol, streams[symbol]), records.offset(symbol), 1_000
            )
            for symbol in SYMBOLS
        }
        books = BookSet(
            MARKET,
            streams,
            published,
            records,
            Refusals(MARKET, records, self.context.dead_letters, ticker_stream),
            self.context.telemetry,
            publish_diffs=publish_diffs,
        )
        self.books = published
        self.feed = BookFeed(
            books,
            ConnectionGroups(SYMBOLS, symbols_per_group, LIFETIME_S),
            SnapshotPlanner(50, 6_000, lambda: 0.5),
            FeedTimes(1.0, SILENT_S, 300.0, HOLD_S),
        )

    def now(self) -> Now:
        return Now.of(self.clock)

    def connect(self, connection: int = 1) -> Batch:
        self.feed.on_connected(connection, "ws://host/stream?streams=x", self.now())
        return self.feed.take_batch()

    def on(self, *events: object, connection: int = 1) -> Batch:
        for event in events:
            self.feed.on_event(connection, event, self.clock.time_ms(), self.now())  # type: ignore[arg-type]
        return self.feed.take_batch()

    def tick(self, seconds: float = 0.1) -> Batch:
        self.clock.advance(seconds)
        self.feed.tick(self.now())
        return self.feed.take_batch()

    def answer(self, symbol: str = BTC, last: int = 9, epoch: int = 0, **fields: object) -> Batch:
        given = {"snapshot": snapshot(last), "used_weight": 50} | fields
        answer = SnapshotAnswer(symbol, epoch, **given)  # type: ignore[arg-type]
        self.feed.on_snapshot(answer, self.now())
        return self.feed.take_batch()
