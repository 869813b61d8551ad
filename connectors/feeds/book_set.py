"""The books of one market, and the records that they give.

Pure. Which connection a diff came from, and whether it counts, is decided in
`connectors.feeds.book_feed`; what a book makes of it in `market.books.published_book`.
"""

from collections.abc import Iterable, Mapping

from connectors.connect.contract import SourceRecord
from connectors.connect.telemetry import Metric, Telemetry
from connectors.feeds.book_records import BookRecords
from connectors.feeds.events import DepthReceived, TickerReceived
from connectors.feeds.refusals import Refusals
from market.books.checks import BookTicker
from market.books.depth_updates import DepthDiff
from market.books.events import Moment
from market.books.published_book import Output, PublishedBook
from market.books.records import DiffRecord
from market.dictionary.feed_events import FeedEvent, FeedEventKind
from market.dictionary.records import Heartbeat
from market.errors import MalformedRecordError


class BookSet:
    """Holds the books and gathers their records.

    Args:
        market: such as ``binance-spot``.
        streams: name of the diff stream by symbol.
        books: by symbol, at least one.
        records: makes the source records.
        refusals: makes the dead letters.
        telemetry: the task's counters.
        publish_diffs: whether the diffs are published as well.
    """

    def __init__(
        self,
        market: str,
        streams: Mapping[str, str],
        books: Mapping[str, PublishedBook],
        records: BookRecords,
        refusals: Refusals,
        telemetry: Telemetry,
        *,
        publish_diffs: bool,
    ) -> None:
        self.by_symbol = books
        self.streams = streams
        self.refusals = refusals
        self.telemetry = telemetry
        self.diffs_taken = dict.fromkeys(books, 0)
        self._market = market
        self._publish_diffs = publish_diffs
        self._records = records
        self._gathered: list[SourceRecord] = []

    def take_records(self) -> list[SourceRecord]:
        """Return what has gathered since the last call."""
        gathered, self._gathered = self._gathered, []
        return gathered

    def add(self, record: SourceRecord) -> None:
        """Gather a record made elsewhere."""
        self._gathered.append(record)

    def put(self, symbol: str, outputs: Iterable[Output]) -> None:
        """Gather what a book gave."""
        if outputs:
            offset = self.by_symbol[symbol].offset
            self._gathered += self._records.published(symbol, outputs, offset)

    def tell(self, kind: FeedEventKind, detail: str, now: Moment, symbol: str = "") -> None:
        """Gather a feed event of a connection, or of one symbol's diff stream."""
        event = FeedEvent(
            market=self._market,
            symbol=symbol,
            event=kind,
            detail=detail,
            event_time_ms=now.proven_ms,
            receive_time_ms=now.receive_time_ms,
            stream=self.streams.get(symbol, ""),
        )
        self.add(self._records.event(event))

    def loses(self, event: DepthReceived) -> bool:
        """Tell whether a diff shows that something was missed before it, or that ids began anew."""
        published = self.by_symbol.get(event.symbol)
        book = published.book if published is not None else None
        if book is None:
            return False
        if event.last_update_id <= book.last_update_id:
            return book.event_time_ms is not None and event.event_time_ms > book.event_time_ms
        if event.previous_update_id is None:
            return event.first_update_id > book.last_update_id + 1
        return event.previous_update_id > book.last_update_id

    def read_diff(self, event: DepthReceived) -> DepthDiff | None:
        """Return a diff as a book takes it, None when it was refused."""
        if event.symbol not in self.by_symbol:
            self.add(self.refusals.foreign_diff(event))
            return None
        try:
            return DepthDiff.from_wire(
                event.first_update_id,
                event.last_update_id,
                event.previous_update_id,
                event.event_time_ms,
                event.bids,
                event.asks,
            )
        except MalformedRecordError as error:
            self.refuse(event, error)
            return None

    def take_diff(self, event: DepthReceived, diff: DepthDiff, receive_time_ms: int) -> None:
        """Apply a diff, and publish it as it was received when that is asked for."""
        symbol = event.symbol
        self.diffs_taken[symbol] += 1
        self.refusals.accepted()
        if self._publish_diffs:
            self._put_diff(event, diff.event_time_ms, receive_time_ms)
        self.put(symbol, self.by_symbol[symbol].on_diff(diff, receive_time_ms))

    def _put_diff(self, event: DepthReceived, time_ms: int, receive_time_ms: int) -> None:
        record = DiffRecord(
            self._market,
            event.symbol,
            event.first_update_id,
            event.last_update_id,
            event.previous_update_id,
            time_ms,
            event.bids,
            event.asks,
            receive_time_ms,
        )
        self.add(self._records.diff(record))

    def refuse(self, event: DepthReceived | TickerReceived, error: MalformedRecordError) -> None:
        """Gather the dead letter of a frame; without a diff its book is behind."""
        if isinstance(event, DepthReceived):
            stream = self.streams.get(event.symbol, "")
            self.add(self.refusals.malformed_diff(event, stream, error))
            self.miss_diff(event.symbol)
        else:
            self.add(self.refusals.malformed_ticker(event, error))

    def miss_diff(self, symbol: str) -> None:
        """Note that a diff of a symbol came and could not be read."""
        if (book := self.by_symbol.get(symbol)) is not None:
            book.on_refused_diff()

    def take_ticker(self, event: TickerReceived, now: Moment) -> bool:
        """Compare a book with its best bid and ask; return True when they are ahead of it."""
        symbol = event.symbol
        book = self.by_symbol.get(symbol)
        if book is None:
            return False
        try:
            ticker = BookTicker.from_wire(
                event.update_id, event.bid_price, event.bid_size, event.ask_price, event.ask_size
            )
        except MalformedRecordError as error:
            self.add(self.refusals.malformed_ticker(event, error))
            return False
        self.put(symbol, book.on_ticker(ticker, now))
        return book.is_ahead

    def begin(self, symbols: Iterable[str], now: Moment) -> None:
        """Begin the timelines of some books at the first time that is proven."""
        self._records.begin(now.proven_ms)
        for symbol in symbols:
            begun = self.by_symbol[symbol].begin(now.proven_ms, now.receive_time_ms)
            self.put(symbol, begun)

    def settle(self, settled_ms: int, receive_time_ms: int, unproven: Mapping[str, int]) -> None:
        """Write all books up to an instant before which nothing is still to come.

        Args:
            settled_ms: exchange time.
            receive_time_ms: our clock.
            unproven: symbols whose connection has not proven this instant, and what it has proven;
                they are unknown.
        """
        for symbol, book in self.by_symbol.items():
            is_proven = symbol not in unproven
            if not is_proven and book.is_known:
                now = Moment(unproven[symbol], receive_time_ms)
                self.doubt(symbol, "its connection is behind", now)
            self.put(symbol, book.settle(settled_ms, receive_time_ms, is_proven=is_proven))

    def doubt(self, symbol: str, detail: str, now: Moment) -> None:
        """Note that a book is not proven in time, up to where its connection is."""
        words = f"{self.streams[symbol]}: {detail}; unknown until it is proven again"
        self.put(symbol, self.by_symbol[symbol].on_unproven(words, now))

    def beat(self, settled_ms: int, receive_time_ms: int) -> None:
        """Vouch in every partition for what was settled."""
        live = sum(book.book is not None for book in self.by_symbol.values())
        self.telemetry.put(Metric.BOOKS_LIVE, live)
        checks = sum(book.checks for book in self.by_symbol.values())
        self.telemetry.put(Metric.BOOK_CHECKS, checks)
        self.telemetry.put(Metric.DIFFS, sum(self.diffs_taken.values()))
        self.telemetry.put(Metric.PROVEN_TIME_MS, settled_ms)
        heartbeat = Heartbeat(self._market, settled_ms, receive_time_ms)
        self._gathered += self._records.heartbeats(heartbeat)
