"""Fill a topic with tops, and another with the heartbeats of a feed that is quiet meanwhile.

usage: preload BOOTSTRAP TOPIC QUIET_TOPIC SECONDS
"""

import sys
import time
from collections.abc import Iterable

import confluent_kafka

from benchmarks.book.tops import Input
from benchmarks.candles.trades import Message

_SERVE_EVERY = 16_384


def _preload(bootstrap_servers: str, topic: str, messages: Iterable[Message]) -> None:
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "compression.type": "lz4",
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 100_000,
            "enable.idempotence": True,
        }
    )
    for index, message in enumerate(messages):
        if index % _SERVE_EVERY == 0:
            producer.poll(0)
        while True:
            try:
                producer.produce(topic, message.value, message.key, message.partition)
            except BufferError:
                producer.poll(0.05)
            else:
                break
    producer.flush()


def main() -> None:
    """Preload, and say how fast it was."""
    bootstrap_servers, topic, quiet_topic, seconds = sys.argv[1:]
    content, started_s = Input(int(seconds)), time.monotonic()
    _preload(bootstrap_servers, quiet_topic, content.heartbeats())
    _preload(bootstrap_servers, topic, content.produce())
    rate = content.records / (time.monotonic() - started_s)
    print(f"preload: {content.records:,} tops, {rate:,.0f}/s", file=sys.stderr)


if __name__ == "__main__":
    main()
