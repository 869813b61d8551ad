"""The books of one market, and the records that they give.

Pure. Which connection a diff came from, and whether it counts, is decided in
`connectors.binance.book_feed`; what a book makes of it in `market.published_book`.
"""

from collections.abc import Iterable, Mapping

from connectors.binance.book_protocol import DepthReceived, TickerReceived
from connectors.binance.refusals import Refusals
from connectors.runtime.book_records import BookRecords
from connectors.runtime.contract import SourceRecord
from connectors.runtime.telemetry import Metric, Telemetry
from market.book_checks import BookTicker
from market.book_events import Moment
from market.book_records import DiffRecord
from market.depth_updates import DepthDiff
from market.errors import MalformedRecordError
from market.feed_events import FeedEvent, FeedEventKind
from market.published_book import Output, PublishedBook
from market.records import Heartbeat


class BookShelf:
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
        self.books = books
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
            position = self.books[symbol].position
            self._gathered += self._records.published(symbol, outputs, position)

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
        """Tell whether a diff shows that something was missed before it."""
        published = self.books.get(event.symbol)
        book = published.book if published is not None else None
        if book is None or event.last_update_id <= book.last_update_id:
            return False
        if event.previous_update_id is None:
            return event.first_update_id > book.last_update_id + 1
        return event.previous_update_id > book.last_update_id

    def take_diff(self, event: DepthReceived, receive_time_ms: int) -> bool:
        """Apply a diff; return False when it was refused."""
        symbol = event.symbol
        book = self.books.get(symbol)
        if book is None:
            self.add(self.refusals.foreign_diff(event))
            return False
        time_ms = event.change_time_ms or event.publish_time_ms
        try:
            diff = DepthDiff.from_wire(
                event.first_update_id,
                event.last_update_id,
                event.previous_update_id,
                time_ms,
                event.bids,
                event.asks,
            )
        except MalformedRecordError as error:
            self.add(self.refusals.malformed_diff(event, self.streams[symbol], error))
            return False
        self.diffs_taken[symbol] += 1
        self.refusals.accepted()
        if self._publish_diffs:
            self._put_diff(event, time_ms, receive_time_ms)
        self.put(symbol, book.on_diff(diff, receive_time_ms))
        return True

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

    def check_ticker(self, event: TickerReceived, now: Moment) -> bool:
        """Compare a book with its best bid and ask; return True when they are ahead of it."""
        published = self.books.get(event.symbol)
        book = published.book if published is not None else None
        if published is None or book is None or event.update_id < book.last_update_id:
            return False
        if event.update_id > book.last_update_id:
            return True
        ticker = BookTicker(
            event.update_id, event.bid_price, event.bid_size, event.ask_price, event.ask_size
        )
        self.put(event.symbol, published.on_ticker(ticker, now))
        return False

    def begin(self, symbols: Iterable[str], now: Moment) -> None:
        """Begin the timelines of some books at the first time that is proven."""
        for symbol in symbols:
            begun = self.books[symbol].begin(now.proven_ms, now.receive_time_ms)
            self.put(symbol, begun)

    def settle(self, settled_ms: int, receive_time_ms: int) -> None:
        """Write all books up to an instant before which nothing is still to come."""
        for symbol, book in self.books.items():
            self.put(symbol, book.settle(settled_ms, receive_time_ms))

    def beat(self, settled_ms: int, receive_time_ms: int) -> None:
        """Vouch in every partition for what was settled."""
        live = sum(book.book is not None for book in self.books.values())
        self.telemetry.put(Metric.BOOKS_LIVE, live)
        self.telemetry.put(Metric.DIFFS, sum(self.diffs_taken.values()))
        self.telemetry.put(Metric.PROVEN_TIME_MS, settled_ms)
        heartbeat = Heartbeat(self._market, settled_ms, receive_time_ms)
        self._gathered += self._records.heartbeats(heartbeat)
