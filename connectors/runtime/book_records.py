"""From a book's records to source records: topic, key, offset. One object a task.

A record whose second a heartbeat of its partition had vouched for says so (`late_after_ms`). The
last heartbeat of each partition is an offset like a symbol's, so that this holds after a restart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.runtime.contract import SourceRecord, TaskContext
from connectors.runtime.market_records import MarketRecords
from connectors.runtime.partitions import partition_of
from market.book_records import DiffRecord, SnapshotRecord, TopRecord, UnsyncedMarker
from market.book_timeline import TimelinePosition
from market.errors import MalformedRecordError
from market.feed_events import FeedEvent
from market.published_book import Output
from market.records import Heartbeat
from market.topics import BOOK_SNAPSHOTS, BOOK_TOPS, DEPTH_DIFFS

if TYPE_CHECKING:
    from connectors.runtime.offsets import SourcePartition

STREAM = "depth"
"""The exchange's kind of stream, part of the source partition."""

ANOTHER_RUN_MS = 60_000
"""The exchange's time does not run backwards by so much; in a replay that begins anew it does."""


class BookRecords(MarketRecords):
    """Gives the records of one market's books their place in Kafka.

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
        super().__init__(market, STREAM, symbols, context)
        self._tops = BOOK_TOPS[market]
        partitions = self._tops.partitions
        self._kafka_partitions = {
            symbol: partition_of(key, partitions) for symbol, key in self._keys.items()
        }
        self._owned: dict[int, SourcePartition] = {
            number: {"market": market, "stream": STREAM, "partition": str(number)}
            for number in (range(partitions) if owned is None else owned)
        }
        self._vouched_ms = {number: self._stored_heartbeat_ms(number) for number in self._owned}

    def begin(self, proven_ms: int) -> None:
        """Note the exchange's time at a start.

        What was vouched for far beyond it was told by another run of a replay and binds nobody.
        """
        for number, vouched_ms in self._vouched_ms.items():
            if vouched_ms > proven_ms + ANOTHER_RUN_MS:
                self._vouched_ms[number] = 0

    def position(self, symbol: str) -> TimelinePosition | None:
        """Return where a symbol's timeline stood at the last commit, None for a new one.

        Raises:
            MalformedRecordError: reason ``bad_offset``.
        """
        offset = self.stored_offset(symbol)
        if offset is None:
            return None
        sequence, written_ms = offset.get("book_sequence"), offset.get("written_ms")
        if not isinstance(sequence, int) or not isinstance(written_ms, int):
            raise MalformedRecordError(
                "bad_offset",
                f"{symbol}: expected integers book_sequence and written_ms, found {dict(offset)}; "
                "delete the connector's offset to begin anew",
            )
        return TimelinePosition(sequence, written_ms)

    def _stored_heartbeat_ms(self, number: int) -> int:
        offset = self._context.offsets.of(self._owned[number])
        if offset is None:
            return 0
        heartbeat_ms = offset.get("heartbeat_ms")
        if not isinstance(heartbeat_ms, int):
            raise MalformedRecordError(
                "bad_offset",
                f"partition {number}: expected an integer heartbeat_ms, found {dict(offset)}; "
                "delete the connector's offset to begin anew",
            )
        return heartbeat_ms

    def published(
        self, symbol: str, outputs: Iterable[Output], position: TimelinePosition
    ) -> list[SourceRecord]:
        """Return the records of what a book gave; those of its timeline move the offset.

        Args:
            symbol: whose book it is.
            outputs: in order.
            position: of the timeline after them.
        """
        key, partition = self._keys[symbol], self._partitions[symbol]
        vouched_ms = self._vouched_ms.get(self._kafka_partitions[symbol], 0)
        offset = {"book_sequence": position.book_sequence, "written_ms": position.written_ms}
        records = []
        for output in outputs:
            if isinstance(output, (TopRecord, UnsyncedMarker)):
                value = output.value()
                if output.event_time_ms < vouched_ms:
                    value["late_after_ms"] = vouched_ms
                records.append(SourceRecord(self._tops.name, key, value, partition, offset))
            elif isinstance(output, FeedEvent):
                records.append(self.event(output))
            elif isinstance(output, SnapshotRecord):
                records.append(SourceRecord(BOOK_SNAPSHOTS.name, key, output.value()))
        return records

    def diff(self, diff: DiffRecord) -> SourceRecord:
        """Return the record of a diff as received."""
        return SourceRecord(DEPTH_DIFFS.name, self._keys[diff.symbol], diff.value())

    def heartbeats(self, heartbeat: Heartbeat) -> list[SourceRecord]:
        """Return one record for each partition that the task owns.

        A heartbeat does not run backwards: what was vouched for before a restart stays so.

        Args:
            heartbeat: of a whole second, the end of the shortest windows.
        """
        records = []
        for number, partition in self._owned.items():
            vouched_ms = max(self._vouched_ms[number], heartbeat.event_time_ms)
            self._vouched_ms[number] = vouched_ms
            value = replace(heartbeat, event_time_ms=vouched_ms).value()
            offset = {"heartbeat_ms": vouched_ms}
            records.append(SourceRecord(self._tops.name, None, value, partition, offset, number))
        return records
