"""Fill a topic with the input.

usage: preload BOOTSTRAP TOPIC TRADES
"""

import sys
import time

import confluent_kafka

from benchmarks.candles.trades import Input, Message

_SERVE_EVERY = 16_384
_REPORT_S = 10.0


def _producer(bootstrap: str) -> confluent_kafka.Producer:
    return confluent_kafka.Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": "lz4",
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
            "enable.idempotence": True,
            "log_level": 3,
        }
    )


def _send(producer: confluent_kafka.Producer, topic: str, message: Message) -> None:
    """Hand a message over; waits while the producer's queue is full."""
    while True:
        try:
            producer.produce(topic, message.value, message.key, message.partition)
        except BufferError:
            producer.poll(0.05)
        else:
            return


def preload(bootstrap: str, topic: str, content: Input) -> None:
    """Produce every message of the input."""
    producer, reported_s = _producer(bootstrap), time.monotonic()
    for index, message in enumerate(content.produce()):
        _send(producer, topic, message)
        if index % _SERVE_EVERY == 0:
            producer.poll(0)
            if time.monotonic() - reported_s > _REPORT_S:
                reported_s = time.monotonic()
                print(f"preload: {index:,} of {content.trades:,}", file=sys.stderr, flush=True)
    producer.flush()


def main() -> None:
    """Preload, and say how fast it was."""
    bootstrap, topic, trades = sys.argv[1:]
    started_s = time.monotonic()
    preload(bootstrap, topic, Input(int(trades)))
    rate = int(trades) / (time.monotonic() - started_s)
    print(f"preload: {int(trades):,} trades, {rate:,.0f}/s", file=sys.stderr)


if __name__ == "__main__":
    main()
