"""What a new graph takes over from the one that was stopped at a savepoint.

Topics that are passed on record by record continue at the savepoint's offsets. Topics from which
windows are made are read again from before the oldest open window, and windows already published
are left out: the new statements rebuild each open window from its beginning, none is published
twice, and none lacks what came before the savepoint.
"""

from dataclasses import dataclass

from kafka import KafkaConsumer

from flink_jobs.statements import Statements
from flink_jobs.upgrades import Takeover
from market.dictionary.markets import MARKETS
from market.dictionary.names import Namespace
from market.dictionary.topics import topic
from stack.jobs.partitions import Partition, last_heartbeat_until
from stack.jobs.published import LEAD_MS, WRITTEN_AHEAD_MS, Ends, published_ends
from stack.jobs.savepoints import NOTHING_READ, is_named, next_offsets


@dataclass(frozen=True, slots=True)
class Plan:
    """How a new graph starts.

    Attributes:
        takeover: the job's own option.
        read_again: how many offsets are read a second time.
    """

    takeover: Takeover
    read_again: int


@dataclass(frozen=True, slots=True)
class StoppedJob:
    """A job that was stopped at a savepoint, and the topics that it reads and writes.

    Attributes:
        consumer: reads committed records.
        namespace: of the pipeline.
        metadata: content of the savepoint's file `_metadata`.
        since_ms: see `published_ends`.
    """

    consumer: KafkaConsumer
    namespace: Namespace
    metadata: bytes
    since_ms: int

    def plan(self, statements: Statements, generation: str) -> Plan:
        """Return how a job with other statements continues.

        Args:
            statements: the new ones.
            generation: see `Takeover`.

        Raises:
            SavepointError: the savepoint lacks a source's offsets.
        """
        ends = published_ends(
            self.consumer,
            self.namespace,
            statements.results,
            set().union(*map(self._markets_in, statements.windowed)),
            self.since_ms,
        )
        stopped, starts = {}, {}
        for name in sorted(statements.windowed | statements.others):
            # A topic that the former graph did not read is read from its beginning.
            if is_named(self.metadata, self.namespace.topic(name)):
                starts[name] = stopped[name] = self._stopped(name)
                if name in statements.windowed:
                    starts[name] = self._earlier(name, stopped[name], _read_from_ms(name, ends))
                    ends = self._without_deleted(name, starts[name], ends)
        return Plan(Takeover(starts, ends, generation), _total(stopped) - _total(starts))

    def _markets_in(self, name: str) -> set[str]:
        """Return the markets of a topic; none when it is empty."""
        numbers = range(topic(name).partitions)
        return _markets(name) if any(self._partition(name, n).end for n in numbers) else set()

    def _partition(self, name: str, number: int) -> Partition:
        return Partition(self.consumer, self.namespace.topic(name), number)

    def _stopped(self, name: str) -> dict[int, int]:
        """Return the next offset of each partition."""
        full, count = self.namespace.topic(name), topic(name).partitions
        return {
            number: self._partition(name, number).first if offset == NOTHING_READ else offset
            for number, offset in next_offsets(self.metadata, full, count).items()
        }

    def _earlier(self, name: str, stopped: dict[int, int], time_ms: int | None) -> dict[int, int]:
        """Return where to begin so that nothing at or after an instant is left out."""
        starts = {}
        for number, end in stopped.items():
            partition = self._partition(name, number)
            starts[number] = first = min(partition.first, end)
            if time_ms is not None:
                offset = last_heartbeat_until(partition, first, end, time_ms)
                starts[number] = _before_catching_up(partition, offset, end, time_ms)
        return starts

    def _without_deleted(self, name: str, starts: dict[int, int], ends: Ends) -> Ends:
        """Leave out windows whose beginning retention has deleted: they would pass as whole."""
        whole_from_ms = 0
        for number, start in starts.items():
            partition = self._partition(name, number)
            # Retention has cut a partition whose first offset is not 0. Records may run ahead of
            # its first heartbeat by LEAD_MS, so only later windows are sure to be whole.
            if start > 0 and start == partition.first:
                beat = partition.first_heartbeat(start, partition.end)
                whole_from_ms = max(whole_from_ms, beat[1] + LEAD_MS if beat else 0)
        return {
            table: {
                market: max(end_ms, whole_from_ms) if market in _markets(name) else end_ms
                for market, end_ms in found.items()
            }
            for table, found in ends.items()
        }


def _before_catching_up(partition: Partition, offset: int, end: int, time_ms: int) -> int:
    """Return the offset from which records of an instant or later may run ahead of a heartbeat.

    Nothing is written before it happens, however long the others cannot catch up. Where our clock
    is behind by more than `LEAD_MS`, or a market runs ahead of it, only the time between a record
    and the heartbeat says so.
    """
    beat = next(partition.records(offset, end), None)
    caught_up_ms = time_ms if beat is None else beat.timestamp - WRITTEN_AHEAD_MS
    return max(partition.first, min(offset, partition.offset_at(min(time_ms, caught_up_ms))))


def _read_from_ms(name: str, ends: Ends) -> int | None:
    """Return the instant from which open windows may have records; None when none is known."""
    markets = _markets(name)
    reached = [end for found in ends.values() for one, end in found.items() if one in markets]
    return min(reached) - LEAD_MS if reached else None


def _markets(name: str) -> set[str]:
    """Return the markets whose records a topic may hold."""
    market = name.partition(".")[2]
    return {market} if market in MARKETS else set(MARKETS)


def _total(offsets: dict[str, dict[int, int]]) -> int:
    return sum(sum(partitions.values()) for partitions in offsets.values())
