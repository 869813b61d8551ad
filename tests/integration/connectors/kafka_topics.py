"""Reading topics as a consumer sees them."""

from dataclasses import dataclass
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition


@dataclass(frozen=True)
class Read:
    """One record."""

    partition: int
    key: bytes | None
    value: dict[str, Any]


def read_topic(bootstrap_servers: str, topic: str) -> list[Read]:
    """Return the committed records, in order within each partition."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found = []
        while any(consumer.position(one) < ends[one] for one in partitions):
            for records in consumer.poll(timeout_ms=200).values():
                found += [Read(r.partition, r.key, msgspec.json.decode(r.value)) for r in records]
        return found
    finally:
        consumer.close()
