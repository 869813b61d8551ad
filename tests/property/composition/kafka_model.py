"""Kafka as far as the proof needs it: partitions by key, transactions, and source offsets.

What is committed is there for good and in order; what is not is seen by nobody. Consumers read
committed records only, so open transactions are kept by the task that writes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from kafka.partitioner.default import murmur2

from connectors.connect.contract import SourceRecord
from connectors.connect.offsets import SourceOffsets, encode_key, encode_offset
from market.dictionary.topics import topic

Value = Mapping[str, object]


@cache
def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key as Kafka's default partitioner chooses it."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


@dataclass(slots=True)
class KafkaModel:
    """All topics, and the offsets of all connectors."""

    topics: dict[str, list[list[Value]]] = field(default_factory=dict)
    _offsets: dict[str, dict[bytes, bytes]] = field(default_factory=dict)

    def partitions(self, name: str) -> list[list[Value]]:
        """Return a topic's partitions, each a list that grows."""
        if name not in self.topics:
            self.topics[name] = [[] for _ in range(topic(name).partitions)]
        return self.topics[name]

    def offsets(self, connector: str) -> SourceOffsets:
        """Return the offsets that a connector's task begins with."""
        return SourceOffsets(connector, dict(self._offsets.get(connector, {})))

    def commit(self, connector: str, records: Iterable[SourceRecord]) -> None:
        """Write the records of one transaction, with the offsets that they move."""
        offsets = self._offsets.setdefault(connector, {})
        last: dict[int, tuple[Mapping[str, str], Mapping[str, object]]] = {}
        for record in records:
            partitions = self.partitions(record.topic)
            if record.kafka_partition is not None:
                number = record.kafka_partition
            else:
                number = partition_of(record.key or "", len(partitions))
            partitions[number].append(record.value)
            if record.source_partition is not None and record.source_offset is not None:
                place = record.source_partition
                last[id(place)] = (place, record.source_offset)
        for place, offset in last.values():
            offsets[encode_key(connector, place)] = encode_offset(offset)
