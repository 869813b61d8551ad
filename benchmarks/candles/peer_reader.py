"""Peer: a consumer that only reads, the least that anything can cost.

usage: peer_reader BOOTSTRAP TOPIC
"""

import json
import sys
from collections.abc import Iterator

import confluent_kafka

from benchmarks.candles.meter import Measured, own_sample

_BATCH = 10_000
_TIMEOUT_S = 1.0


def read_topic(bootstrap: str, topic: str) -> Iterator[list[bytes]]:
    """Yield batches of values until the end that the topic had at the start.

    Uses the consumer as its makers advise for throughput: batches, a short back-off between
    fetches while the local queue is full, no offset kept.
    """
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench-peer",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.queue.backoff.ms": 5,
            "queued.max.messages.kbytes": 262_144,
        }
    )
    partitions = consumer.list_topics(topic).topics[topic].partitions
    assigned = [confluent_kafka.TopicPartition(topic, one, 0) for one in partitions]
    left = sum(consumer.get_watermark_offsets(partition)[1] for partition in assigned)
    consumer.assign(assigned)
    while left > 0:
        batch = consumer.consume(_BATCH, _TIMEOUT_S)
        left -= len(batch)
        yield [message.value() for message in batch]
    consumer.close()


def main() -> None:
    """Read a topic and print what it took as JSON."""
    samples = [own_sample(0)]
    for batch in read_topic(*sys.argv[1:]):
        samples.append(own_sample(samples[-1].records + len(batch)))
    print(json.dumps(Measured.of(samples, samples[-1].records).as_json()))


if __name__ == "__main__":
    main()
