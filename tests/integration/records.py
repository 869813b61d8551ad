"""Write the wire forms of records to the topics of a namespace."""

import json
from collections.abc import Mapping
from typing import Any

from kafka import KafkaProducer

from market.dictionary.records import Heartbeat
from market.dictionary.schemas import Topic
from stack.settings import Settings


class Writer:
    """Writes wire forms to the topics of a namespace.

    Args:
        settings: of the pipeline.
        written_after_ms: from each record's event time to when Kafka says that it was written; when
            not given, Kafka says when it really was.
    """

    def __init__(self, settings: Settings, written_after_ms: int | None = None) -> None:
        self._settings = settings
        self._written_after_ms = written_after_ms
        self._producer = KafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers)

    def write(self, topic: Topic, key: str, value: Mapping[str, Any]) -> None:
        name = self._settings.namespace.topic(topic.name)
        written_ms = self._written_ms(value["event_time_ms"])
        self._producer.send(name, key=key.encode(), value=_wire(value), timestamp_ms=written_ms)

    def beat(self, topic: Topic, market: str, time_ms: int) -> None:
        name = self._settings.namespace.topic(topic.name)
        for partition in range(topic.partitions):
            value = _wire(Heartbeat(market, time_ms, time_ms).value())
            written_ms = self._written_ms(time_ms)
            self._producer.send(name, value=value, partition=partition, timestamp_ms=written_ms)

    def _written_ms(self, event_time_ms: int) -> int | None:
        if self._written_after_ms is None:
            return None
        return event_time_ms + self._written_after_ms

    def close(self) -> None:
        self._producer.flush()
        self._producer.close()


def _wire(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
