"""Ranges of a Kafka partition, and where in it the heartbeats reach an instant.

The times of a partition's heartbeats never go back, so a binary search finds the place: some
thirty short reads in a topic of a week.
"""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from kafka import KafkaConsumer, TopicPartition

_POLL_MS = 500
_SILENT_POLLS = 10
"""After this many polls without a record there is none."""


class Heartbeats(Protocol):
    """What a search for heartbeats needs of a partition."""

    def first_heartbeat(self, start: int, end: int) -> tuple[int, int] | None:
        """Return offset and time of the first heartbeat from `start` on and before `end`."""


class Partition:
    """One partition of a topic, of which only committed records are seen.

    Args:
        consumer: from `reading`; it is reassigned for each read.
        topic: full name.
        number: of the partition.
    """

    def __init__(self, consumer: KafkaConsumer, topic: str, number: int) -> None:
        self._consumer = consumer
        self._partition = TopicPartition(topic, number)

    @property
    def first(self) -> int:
        """The first offset that is still there."""
        return int(self._consumer.beginning_offsets([self._partition])[self._partition])

    @property
    def end(self) -> int:
        """The offset after the last committed record."""
        return int(self._consumer.end_offsets([self._partition])[self._partition])

    def offset_at(self, written_ms: int) -> int:
        """Return the offset of the first record that was written at an instant or later."""
        found = self._consumer.offsets_for_times({self._partition: written_ms})[self._partition]
        return int(found.offset) if found else self.end

    def records(self, start: int, end: int) -> Iterator[Any]:
        """Yield the records from offset `start` on and before `end`."""
        self._consumer.assign([self._partition])
        self._consumer.seek(self._partition, start)
        silent = 0
        while self._consumer.position(self._partition) < end and silent < _SILENT_POLLS:
            polled = self._consumer.poll(_POLL_MS).get(self._partition, [])
            silent = 0 if polled else silent + 1
            for record in polled:
                if record.offset >= end:
                    return
                yield record

    def last_record(self) -> Any | None:
        """Return the last committed record, if there is any."""
        first, end, step = self.first, self.end, 64
        while True:
            start = max(first, end - step)
            found = deque(self.records(start, end), maxlen=1)
            if found or start == first:
                return found[0] if found else None
            step *= 8

    def first_heartbeat(self, start: int, end: int) -> tuple[int, int] | None:
        """Return offset and time of the first heartbeat from `start` on and before `end`."""
        for record in self.records(start, end):
            # Most records are no heartbeats: only what may be one is parsed.
            if b'"heartbeat"' in record.value:
                value = json.loads(record.value)
                if value["kind"] == "heartbeat":
                    return record.offset, value["event_time_ms"]
        return None


@contextmanager
def reading(bootstrap_servers: str) -> Iterator[KafkaConsumer]:
    """Yield a consumer of committed records, which belongs to no group."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
    )
    try:
        yield consumer
    finally:
        consumer.close()


def last_heartbeat_until(partition: Heartbeats, first: int, end: int, time_ms: int) -> int:
    """Return the offset of the last heartbeat of an instant or before it; `first` without one.

    Args:
        partition: to search.
        first: its first offset.
        end: offset to search before.
        time_ms: epoch milliseconds.
    """
    found, low, high = first, first, end
    while low < high:
        middle = (low + high) // 2
        beat = partition.first_heartbeat(middle, high)
        if beat is None or beat[1] > time_ms:
            high = middle
        else:
            found, low = beat[0], beat[0] + 1
    return found
