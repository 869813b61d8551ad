"""Read a savepoint's or checkpoint's number and the offsets of its sources.

Flink's own reader is Java. Two things are needed from the file `_metadata`, and both have a fixed
format: the number follows the magic number and the version, and a Kafka source writes each of its
partitions as one serialized split. Finding each partition of a topic exactly once shows that
nothing was missed or misread.
"""

import re
import struct
from collections.abc import Iterator

from market.errors import TidemarkError

METADATA = "_metadata"

_HEADER = struct.Struct(">iiq")
"""Magic number, format version, number of the checkpoint."""
_MAGIC = 0x4960672D
_FIRST_NUMBERED_VERSION = 3

_SPLIT = struct.Struct(">iqq")
"""After the topic: partition, next offset, last offset."""
_ENDLESS = -(2**63)
"""The last offset of a partition that is read without end."""
_VERSION = 0
"""Of the split's format; its length follows, and the length of both precedes it."""

NOTHING_READ = -2
"""Next offset of a partition that was empty so far and is read from its beginning."""


class SavepointError(TidemarkError):
    """A savepoint lacks what is needed from it."""


def checkpoint_number(metadata: bytes) -> int:
    """Return the number that a checkpoint or savepoint has in its run.

    Args:
        metadata: content of its file `_metadata`, the first 16 bytes at least.

    Raises:
        SavepointError: this is not such a file, or its format is unknown.
    """
    if len(metadata) >= _HEADER.size:
        magic, version, number = _HEADER.unpack_from(metadata)
        if magic == _MAGIC and version >= _FIRST_NUMBERED_VERSION:
            return int(number)
    raise SavepointError(
        f"{METADATA}: expected Flink's format of version {_FIRST_NUMBERED_VERSION} or later, "
        f"found {metadata[: _HEADER.size].hex(' ')}"
    )


def next_offsets(metadata: bytes, topic: str, partitions: int) -> dict[int, int]:
    """Return the next offset that a job's source would have read, by partition.

    Args:
        metadata: content of a savepoint's file `_metadata`.
        topic: full name, with the namespace.
        partitions: how many the topic has.

    Raises:
        SavepointError: a partition is missing, or is there twice with different offsets.
    """
    offsets: dict[int, int] = {}
    for partition, offset in _splits(metadata, topic.encode()):
        if offsets.setdefault(partition, offset) != offset:
            raise SavepointError(
                f"{METADATA}: expected one offset of {topic}, partition {partition}, "
                f"found {offsets[partition]} and {offset}"
            )
    if sorted(offsets) != list(range(partitions)):
        raise SavepointError(
            f"{METADATA}: expected the offsets of {partitions} partitions of {topic}, found those "
            f"of {sorted(offsets) or 'none'}"
        )
    return offsets


def _splits(metadata: bytes, topic: bytes) -> Iterator[tuple[int, int]]:
    size = 2 + len(topic) + _SPLIT.size
    prefix = struct.pack(">iiiH", size + 8, _VERSION, size, len(topic)) + topic
    for found in re.finditer(re.escape(prefix), metadata):
        partition, offset, last = _SPLIT.unpack_from(metadata, found.end())
        if last == _ENDLESS:
            yield partition, offset


def is_named(metadata: bytes, topic: str) -> bool:
    """Return whether the graph that made a savepoint read a topic at all."""
    name = topic.encode()
    return struct.pack(">H", len(name)) + name in metadata
