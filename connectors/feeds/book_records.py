"""Turns a book's records into source records: topic, key, offset. One object per task."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from connectors.connect.contract import SourceRecord, TaskContext
from connectors.feeds.market_records import MarketRecords
from market.books.published_book import Output
from market.books.records import DiffRecord, SnapshotRecord, TopRecord, UnsyncedMarker
from market.books.timeline import TimelineOffset
from market.dictionary.feed_events import FeedEvent
from market.dictionary.records import Heartbeat
from market.dictionary.topics import BOOK_SNAPSHOTS, BOOK_TOPS, DEPTH_DIFFS
from market.errors import MalformedRecordError

STREAM = "depth"
"""The exchange's kind of stream, part of the source partition."""


class BookRecords(MarketRecords):
    """Assigns the records of one market's books their place in Kafka.

    Args:
        market: such as ``binance-spot``.
        symbols: whose offsets are kept.
        context: the task's.
        owned: the partitions that the task vouches for; None for all of the topic's.

    Raises:
        MalformedRecordError: reason ``bad_offset``.
    """

    def __init__(
        self,
        market: str,
        symbols: Iterable[str],
        context: TaskContext,
        owned: Sequence[int] | None = None,
    ) -> None:
        super().__init__(market, STREAM, BOOK_TOPS[market], symbols, context, owned)

    def offset(self, symbol: str) -> TimelineOffset | None:
        """Return where a symbol's timeline stood at the last commit, None for a new one.

        Raises:
            MalformedRecordError: reason ``bad_offset``.
        """
        stored = self.stored_offset(symbol)
        if stored is None:
            return None
        sequence, written_ms = stored.get("book_sequence"), stored.get("written_ms")
        if not isinstance(sequence, int) or not isinstance(written_ms, int):
            raise MalformedRecordError(
                "bad_offset",
                f"{symbol}: expected integers book_sequence and written_ms, found {dict(stored)}; "
                "delete the connector's offset to start over",
            )
        return TimelineOffset(sequence, written_ms)

    def published(
        self, symbol: str, outputs: Iterable[Output], offset: TimelineOffset
    ) -> list[SourceRecord]:
        """Return the records of what a book put out; those of its timeline move the offset.

        Args:
            symbol: whose book it is.
            outputs: in order.
            offset: of the timeline after them.
        """
        key, partition = self._keys[symbol], self._partitions[symbol]
        stored = {"book_sequence": offset.book_sequence, "written_ms": offset.written_ms}
        records = []
        for output in outputs:
            if isinstance(output, (TopRecord, UnsyncedMarker)):
                value = self.stamped(symbol, output.value(), output.event_time_ms)
                records.append(SourceRecord(self._topic.name, key, value, partition, stored))
            elif isinstance(output, FeedEvent):
                records.append(self.event(output))
            elif isinstance(output, SnapshotRecord):
                records.append(SourceRecord(BOOK_SNAPSHOTS.name, key, output.value()))
        return records

    def diff(self, diff: DiffRecord) -> SourceRecord:
        """Return the record of a diff, as received."""
        return SourceRecord(DEPTH_DIFFS.name, self._keys[diff.symbol], diff.value())

    def heartbeats(self, heartbeat: Heartbeat) -> list[SourceRecord]:
        """Return one record for each partition that the task owns.

        A heartbeat never runs backwards: what was vouched for before a restart stays vouched for.

        Args:
            heartbeat: of a whole second, the end of the shortest windows.
        """
        return [
            self.heartbeat(
                number,
                replace(heartbeat, event_time_ms=max(last_ms, heartbeat.event_time_ms)),
            )
            for number, last_ms in tuple(self.heartbeats_ms.items())
        ]
