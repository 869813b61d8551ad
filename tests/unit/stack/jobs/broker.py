"""A Kafka of lists, as far as the reading of partitions needs one."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition


@dataclass(frozen=True)
class Record:
    offset: int
    timestamp: int
    value: bytes


class Broker:
    """Topics that a test writes, read as a `KafkaConsumer` is."""

    def __init__(self) -> None:
        self._records: defaultdict[TopicPartition, list[Record]] = defaultdict(list)
        self._position: dict[TopicPartition, int] = {}
        self._first: dict[TopicPartition, int] = {}

    def write(
        self, topic: str, partition: int, value: Mapping[str, Any], written_ms: int = 0
    ) -> int:
        """Append a record; return its offset."""
        records = self._records[TopicPartition(topic, partition)]
        records.append(Record(len(records), written_ms, json.dumps(value).encode()))
        return len(records) - 1

    def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """Let retention delete the records before an offset."""
        self._first[TopicPartition(topic, partition)] = offset

    def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[Any, int]:
        return {one: self._first.get(one, 0) for one in partitions}

    def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[Any, int]:
        return {one: len(self._records[one]) for one in partitions}

    def offsets_for_times(self, times: Mapping[TopicPartition, int]) -> dict[Any, Any]:
        return {
            one: next((found for found in self._records[one] if found.timestamp >= time_ms), None)
            for one, time_ms in times.items()
        }

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self._position = dict.fromkeys(partitions, 0)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._position[partition] = offset

    def position(self, partition: TopicPartition) -> int:
        return self._position[partition]

    def poll(self, _: int) -> dict[TopicPartition, list[Record]]:
        """Return three records at most, so that a reader has to ask again."""
        polled = {}
        for partition, start in self._position.items():
            found = self._records[partition][start : start + 3]
            self._position[partition] = start + len(found)
            if found:
                polled[partition] = found
        return polled
