"""Source offsets: how far each partition of a source was read, kept in a compacted topic.

As in Kafka Connect, a record's key is ``["<connector>",{partition}]`` and its value the offset,
written in the same transaction as the records that it covers. Reads are `read_committed`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from kafka import KafkaConsumer, TopicPartition

from market.errors import MalformedRecordError

SourcePartition = Mapping[str, str]
Offset = Mapping[str, object]

READ_TIMEOUT_MS = 30_000
"""A compacted topic of thousands of symbols is read within a second; longer means trouble."""

_JSON = msgspec.json.Encoder(order="sorted")


def encode_key(connector: str, partition: SourcePartition) -> bytes:
    """Return the key of a partition's offset, the same bytes for the same partition."""
    return _JSON.encode([connector, partition])


def encode_offset(offset: Offset) -> bytes:
    """Return an offset as JSON."""
    return _JSON.encode(offset)


@dataclass(frozen=True, slots=True)
class SourceOffsets:
    """The offsets of one connector, by encoded key."""

    connector: str
    by_key: Mapping[bytes, bytes]

    def of(self, partition: SourcePartition) -> dict[str, object] | None:
        """Return a partition's offset, None for a new partition.

        Raises:
            MalformedRecordError: reason ``bad_offset``.
        """
        encoded = self.by_key.get(encode_key(self.connector, partition))
        if encoded is None:
            return None
        try:
            return msgspec.json.decode(encoded, type=dict[str, object])
        except msgspec.DecodeError as error:
            raise MalformedRecordError(
                "bad_offset",
                f"{self.connector} {dict(partition)}: expected a JSON object, found {encoded!r} "
                f"({error}); write a tombstone for its key to start over",
            ) from error


def fold(connector: str, records: Iterable[tuple[bytes, bytes | None]]) -> SourceOffsets:
    """Return the last offset of each partition; a tombstone removes one."""
    by_key: dict[bytes, bytes] = {}
    for key, value in records:
        if value is None:
            by_key.pop(key, None)
        else:
            by_key[key] = value
    return SourceOffsets(connector, by_key)


def read_offsets(bootstrap_servers: str, topic: str, connector: str) -> SourceOffsets:
    """Read the offsets topic to its end as it is now.

    Call it after the producer has fenced earlier ones: only then can no transaction be open.

    Args:
        bootstrap_servers: the broker's addresses.
        topic: full name, with the namespace.
        connector: whose offsets will be looked up in the result.

    Raises:
        KafkaError: the topic does not exist or the broker does not answer.
        TimeoutError: the end was not reached within `READ_TIMEOUT_MS`.
    """
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        consumer_timeout_ms=READ_TIMEOUT_MS,
    )
    try:
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        return fold(connector, _to_end(consumer, partitions))
    finally:
        consumer.close()


def _to_end(
    consumer: KafkaConsumer, partitions: list[TopicPartition]
) -> Iterable[tuple[bytes, bytes | None]]:
    ends = consumer.end_offsets(partitions)
    waited_ms = 0
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        batches = consumer.poll(timeout_ms=200)
        waited_ms = 0 if batches else waited_ms + 200
        if waited_ms >= READ_TIMEOUT_MS:
            raise TimeoutError(
                f"offsets: expected to reach end {ends}, found no record for {READ_TIMEOUT_MS} ms"
            )
        for records in batches.values():
            yield from ((record.key, record.value) for record in records)
