"""Kafka Connect's contract for sources: connector, task, source record, and the task's context.

Deliberate differences from Connect's Java interfaces: the caller says how long `poll` may wait, and
a record's value is a plain mapping that the worker's producer writes as JSON.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from connectors.connect.clock import Clock
from connectors.connect.config import Key, Settings
from connectors.connect.dead_letters import DeadLetters
from connectors.connect.offsets import Offset, SourceOffsets, SourcePartition
from connectors.connect.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record on its way to Kafka.

    Attributes:
        topic: without the namespace.
        key: decides the partition, unless `kafka_partition` does.
        value: written as JSON.
        source_partition: which of the source's sequences it belongs to; None when it moves none.
        source_offset: where to resume that sequence when this record is the last one written.
        timestamp_ms: Kafka's record timestamp; None for the time of writing.
        headers: pairs of name and bytes.
    """

    topic: str
    key: str | None
    value: Mapping[str, object]
    source_partition: SourcePartition | None = None
    source_offset: Offset | None = None
    kafka_partition: int | None = None
    timestamp_ms: int | None = None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a worker gives to a task.

    Attributes:
        connector: name of the connector.
        task: number of the task, from 0.
        offsets: where each source partition stood at the last commit.
    """

    connector: str
    task: int
    offsets: SourceOffsets
    dead_letters: DeadLetters
    telemetry: Telemetry
    clock: Clock


class Task(ABC):
    """Reads a share of a source. Everything but `stop` is called from the task's own thread."""

    @abstractmethod
    def start(self, settings: Settings, context: TaskContext) -> None:
        """Connect to the source, resuming at the context's offsets.

        Raises:
            PermanentError: the source refuses what was asked, so that no restart can help.
        """

    @abstractmethod
    def poll(self, timeout_s: float) -> list[SourceRecord]:
        """Return new records, waiting at most `timeout_s`; those of one call commit together."""

    @abstractmethod
    def commit(self) -> None:
        """Note that all records returned so far are in Kafka, with their offsets."""

    @abstractmethod
    def stop(self) -> None:
        """Release the source; `poll` is not called again."""


class Connector(ABC):
    """Describes a source: its configuration, and how its work is divided into tasks."""

    keys: ClassVar[tuple[Key, ...]]
    """Its own keys, besides the worker's common ones."""
    task_class: ClassVar[type[Task]]
    vouched_topic: ClassVar[str] = ""
    """The topic whose heartbeats this connector alone may write; empty when it writes none."""

    @abstractmethod
    def task_settings(self, settings: Settings, max_tasks: int) -> list[Settings]:
        """Return one settings object per task, at most `max_tasks`.

        Raises:
            ConfigError: values that are well-formed but make no sense together.
        """
