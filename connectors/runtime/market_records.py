"""From the domain's records to source records: topic, key, offset, and the dead letters' form.

One object a task. Which record to write is decided elsewhere.
"""

from collections.abc import Iterable

from connectors.runtime.contract import SourceRecord, TaskContext
from connectors.runtime.dead_letters import DeadLetter
from connectors.runtime.offsets import Offset, SourcePartition
from connectors.runtime.telemetry import Metric
from market.feed_events import FeedEvent
from market.names import record_key
from market.records import GapMarker, Heartbeat, Trade
from market.topics import DEAD_LETTERS, FEED_EVENTS, TRADES


class MarketRecords:
    """Gives the records of one market their place in Kafka.

    Args:
        market: such as ``binance-spot``.
        stream: the exchange's kind of stream, part of the source partition.
        symbols: whose offsets are kept.
        context: the task's.
    """

    def __init__(
        self, market: str, stream: str, symbols: Iterable[str], context: TaskContext
    ) -> None:
        self._market = market
        self._context = context
        self._partitions: dict[str, SourcePartition] = {
            symbol: {"market": market, "stream": stream, "symbol": symbol} for symbol in symbols
        }
        self._keys = {symbol: record_key(market, symbol) for symbol in self._partitions}

    def stored_offset(self, symbol: str) -> Offset | None:
        """Return where a symbol stood at the last commit, None for a new one."""
        return self._context.offsets.of(self._partitions[symbol])

    def trade(self, trade: Trade) -> SourceRecord:
        """Return a trade's record; it moves the symbol's offset."""
        symbol = trade.symbol
        return SourceRecord(
            TRADES.name,
            self._keys[symbol],
            trade.value(),
            self._partitions[symbol],
            {"trade_id": trade.trade_id, "event_time_ms": trade.event_time_ms},
        )

    def gap(self, marker: GapMarker) -> SourceRecord:
        """Return a gap marker's record."""
        return SourceRecord(TRADES.name, self._keys[marker.symbol], marker.value())

    def heartbeats(self, heartbeat: Heartbeat) -> list[SourceRecord]:
        """Return one record for each partition of `trades`."""
        value = heartbeat.value()
        return [
            SourceRecord(TRADES.name, None, value, kafka_partition=partition)
            for partition in range(TRADES.partitions)
        ]

    def event(self, event: FeedEvent) -> SourceRecord:
        """Return a feed event's record."""
        value = event.value(self._context.connector, self._context.task)
        return SourceRecord(FEED_EVENTS.name, event.key(), value)

    def refused(self, letter: DeadLetter) -> SourceRecord:
        """Return a dead letter's record, counting it."""
        self._context.telemetry.add(Metric.DEAD_LETTERS)
        return _letter(letter, self._context.dead_letters.refused(letter))

    def repeated(self, letter: DeadLetter) -> SourceRecord:
        """Return the dead letter of a record that is stored already: no limit counts it."""
        self._context.telemetry.add(Metric.DEAD_LETTERS)
        return _letter(letter, self._context.dead_letters.repeated(letter))


def _letter(letter: DeadLetter, value: dict[str, object]) -> SourceRecord:
    return SourceRecord(DEAD_LETTERS.name, record_key(letter.market, letter.symbol), value)
