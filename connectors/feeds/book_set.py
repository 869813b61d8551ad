"""The books of one market, and the records that they produce.

Pure. `connectors.feeds.book_feed` decides which connection a diff came from and whether it counts;
`market.books.published_book` decides what a book makes of it.
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
    """Holds the books and collects their records.

    Args:
        market: such as ``binance-spot``.
        streams: name of the diff stream by symbol.
        books: by symbol, at least one.
        records: builds the source records.
        refusals: builds the dead letters.
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
        self._collected: list[SourceRecord] = []

    def take_records(self) -> list[SourceRecord]:
        """Return the records collected since the last call."""
        collected, self._collected = self._collected, []
        return collected

    def add(self, record: SourceRecord) -> None:
        """Collect a record built elsewhere."""
        self._collected.append(record)

    def put(self, symbol: str, outputs: Iterable[Output]) -> None:
        """Collect what a book put out."""
        if outputs:
            offset = self.by_symbol[symbol].offset
            self._collected += self._records.published(symbol, outputs, offset)

    def report(self, kind: FeedEventKind, detail: str, now: Moment, symbol: str = "") -> None:
        """Report a feed event of a connection, or of one symbol's diff stream."""
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

    def read_diff(self, event: DepthReceived) -> DepthDiff | None:
        """Return a diff in the form that a book takes, None when it was refused."""
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
        """Apply a diff, and publish it as received if diffs are published."""
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
        """Collect the dead letter of a frame, which may show all the same that a book is behind."""
        if isinstance(event, DepthReceived):
            stream = self.streams.get(event.symbol, "")
            self.add(self.refusals.malformed_diff(event, stream, error))
            self.miss_diff(event.symbol)
        else:
            self.add(self.refusals.malformed_ticker(event, error))
            if (book := self.by_symbol.get(event.symbol)) is not None:
                book.on_refused_ticker(event.update_id)

    def miss_diff(self, symbol: str) -> None:
        """Note that a diff of a symbol arrived and could not be read."""
        if (book := self.by_symbol.get(symbol)) is not None:
            book.on_refused_diff()

    def take_ticker(self, event: TickerReceived, now: Moment) -> bool:
        """Compare a book with its best bid and ask; return whether they are ahead of it."""
        symbol = event.symbol
        book = self.by_symbol.get(symbol)
        if book is None:
            return False
        try:
            ticker = BookTicker.from_wire(
                event.update_id, event.bid_price, event.bid_size, event.ask_price, event.ask_size
            )
        except MalformedRecordError as error:
            self.refuse(event, error)
            return book.is_ahead
        self.put(symbol, book.on_ticker(ticker, now))
        return book.is_ahead

    def begin(self, symbols: Iterable[str], now: Moment) -> None:
        """Begin the timelines of some books at the first proven time."""
        for symbol in symbols:
            begun = self.by_symbol[symbol].begin(now.proven_ms, now.receive_time_ms)
            self.put(symbol, begun)

    def settle(self, settled_ms: int, receive_time_ms: int, unproven: Mapping[str, int]) -> None:
        """Write all books up to an instant; nothing from before it can still arrive.

        Args:
            settled_ms: exchange time.
            receive_time_ms: our clock.
            unproven: symbols whose connection has not proven this instant, and the time that it
                has proven; their books are unknown.
        """
        for symbol, book in self.by_symbol.items():
            is_proven = symbol not in unproven
            if not is_proven and book.is_known:
                now = Moment(unproven[symbol], receive_time_ms)
                self.doubt(symbol, "its connection is behind", now)
            self.put(symbol, book.settle(settled_ms, receive_time_ms, is_proven=is_proven))

    def doubt(self, symbol: str, detail: str, now: Moment) -> None:
        """Mark a book as unknown from the time that its connection has proven."""
        words = f"{self.streams[symbol]}: {detail}; unknown until it is proven again"
        self.put(symbol, self.by_symbol[symbol].on_unproven(words, now))

    def beat(self, settled_ms: int, receive_time_ms: int) -> None:
        """Write the heartbeats: vouch in every partition for what was settled."""
        live = sum(book.book is not None for book in self.by_symbol.values())
        self.telemetry.put(Metric.BOOKS_LIVE, live)
        checks = sum(book.checks for book in self.by_symbol.values())
        self.telemetry.put(Metric.BOOK_CHECKS, checks)
        self.telemetry.put(Metric.DIFFS, sum(self.diffs_taken.values()))
        self.telemetry.put(Metric.PROVEN_TIME_MS, settled_ms)
        heartbeat = Heartbeat(self._market, settled_ms, receive_time_ms)
        self._collected += self._records.heartbeats(heartbeat)
