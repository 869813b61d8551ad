"""Turns the domain's records into source records: topic, key, offset, and the dead letters' form.

One object per task. Which record to write is decided elsewhere. Besides the form, one fact lives
here: the last heartbeat of each partition. A record whose second it had vouched for says so itself
(`late_after_ms`), so its reader knows that its window may have closed, even after a restart.
"""

from collections.abc import Iterable

from connectors.connect.contract import SourceRecord, TaskContext
from connectors.connect.dead_letters import DeadLetter
from connectors.connect.offsets import Offset, SourcePartition
from connectors.connect.partitions import partition_of
from connectors.connect.telemetry import Metric
from market.dictionary.feed_events import FeedEvent
from market.dictionary.names import record_key
from market.dictionary.records import GapMarker, Heartbeat, Trade, UnknownMarker, Value
from market.dictionary.schemas import Topic
from market.dictionary.topics import DEAD_LETTERS, FEED_EVENTS
from market.errors import MalformedRecordError
from market.trades.gap_markers import SECOND_MS


class MarketRecords:
    """Assigns the records of one market their place in Kafka.

    Args:
        market: such as ``binance-spot``.
        stream: the exchange's kind of stream, part of the source partition.
        topic: where records and heartbeats go.
        symbols: whose offsets are kept.
        context: the task's.
        owned: the partitions that the task vouches for; None for all of the topic's.

    Raises:
        MalformedRecordError: reason ``bad_offset``.
    """

    def __init__(
        self,
        market: str,
        stream: str,
        topic: Topic,
        symbols: Iterable[str],
        context: TaskContext,
        owned: Iterable[int] | None = None,
    ) -> None:
        self._market = market
        self._context = context
        self._topic = topic
        self._partitions: dict[str, SourcePartition] = {
            symbol: {"market": market, "stream": stream, "symbol": symbol} for symbol in symbols
        }
        self._keys = {symbol: record_key(market, symbol) for symbol in self._partitions}
        self._kafka_partitions = {
            symbol: partition_of(key, topic.partitions) for symbol, key in self._keys.items()
        }
        self._heartbeat_partitions: dict[int, SourcePartition] = {
            number: {"market": market, "stream": stream, "partition": str(number)}
            for number in (range(topic.partitions) if owned is None else owned)
        }
        self.heartbeats_ms = {
            number: self._restored_heartbeat(number) for number in self._heartbeat_partitions
        }
        """Last heartbeat by Kafka partition, epoch milliseconds; 0 for none."""

    def _restored_heartbeat(self, number: int) -> int:
        offset = self._context.offsets.of(self._heartbeat_partitions[number])
        heartbeat_ms = 0 if offset is None else offset.get("heartbeat_ms")
        if not isinstance(heartbeat_ms, int):
            raise MalformedRecordError(
                "bad_offset",
                f"{self._topic.name} partition {number}: expected heartbeat_ms as an integer, "
                f"found {offset}; write a tombstone for its key to start over",
            )
        return heartbeat_ms

    def stored_offset(self, symbol: str) -> Offset | None:
        """Return a symbol's offset at the last commit, None for a new symbol."""
        return self._context.offsets.of(self._partitions[symbol])

    def partition(self, symbol: str) -> int:
        """Return the Kafka partition of a symbol's records."""
        return self._kafka_partitions[symbol]

    def stamped(self, symbol: str, value: Value, event_time_ms: int) -> Value:
        """Return a value, marked as late when its second had already been vouched for."""
        heartbeat_ms = self.heartbeats_ms.get(self._kafka_partitions[symbol], 0)
        if event_time_ms < heartbeat_ms - heartbeat_ms % SECOND_MS:
            value["late_after_ms"] = heartbeat_ms
        return value

    def trade(self, trade: Trade) -> SourceRecord:
        """Return a trade's record; it moves the symbol's offset."""
        symbol = trade.symbol
        return SourceRecord(
            self._topic.name,
            self._keys[symbol],
            self.stamped(symbol, trade.value(), trade.event_time_ms),
            self._partitions[symbol],
            {"trade_id": trade.trade_id, "event_time_ms": trade.event_time_ms},
        )

    def marker(self, marker: GapMarker | UnknownMarker) -> SourceRecord:
        """Return the record of a marker of a gap or of an unknown second."""
        value = self.stamped(marker.symbol, marker.value(), marker.event_time_ms)
        return SourceRecord(self._topic.name, self._keys[marker.symbol], value)

    def heartbeat(self, partition: int, heartbeat: Heartbeat) -> SourceRecord:
        """Return the heartbeat of one Kafka partition; later records are judged by it."""
        self.heartbeats_ms[partition] = heartbeat.event_time_ms
        return SourceRecord(
            self._topic.name,
            None,
            heartbeat.value(),
            self._heartbeat_partitions[partition],
            {"heartbeat_ms": heartbeat.event_time_ms},
            kafka_partition=partition,
        )

    def event(self, event: FeedEvent) -> SourceRecord:
        """Return a feed event's record."""
        value = event.value(self._context.connector, self._context.task)
        return SourceRecord(FEED_EVENTS.name, event.key(), value)

    def refused(self, letter: DeadLetter) -> SourceRecord:
        """Count a dead letter and return its record."""
        self._context.telemetry.add(Metric.DEAD_LETTERS)
        return _letter(letter, self._context.dead_letters.refused(letter))

    def repeated(self, letter: DeadLetter) -> SourceRecord:
        """Return the record of a dead letter that loses nothing: no limit counts it."""
        self._context.telemetry.add(Metric.DEAD_LETTERS)
        return _letter(letter, self._context.dead_letters.repeated(letter))


def _letter(letter: DeadLetter, value: dict[str, object]) -> SourceRecord:
    return SourceRecord(DEAD_LETTERS.name, record_key(letter.market, letter.symbol), value)
