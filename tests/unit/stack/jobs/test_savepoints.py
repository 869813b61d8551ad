"""What is read of a savepoint: its number, and the next offset of each partition."""

import struct

import pytest

from stack.jobs.savepoints import SavepointError, checkpoint_number, is_named, next_offsets

HEADER = struct.pack(">iiq", 0x4960672D, 6, 1_000)


def split(topic: str, partition: int, offset: int) -> bytes:
    """Return one partition as a Kafka source writes it."""
    name = topic.encode()
    body = struct.pack(">H", len(name)) + name + struct.pack(">iqq", partition, offset, -(2**63))
    return struct.pack(">iii", len(body) + 8, 0, len(body)) + body


def assigned(topic: str, partition: int) -> bytes:
    """Return one partition as the source's coordinator writes it: where it began."""
    name = topic.encode()
    body = struct.pack(">H", len(name)) + name + struct.pack(">iqq", partition, -2, -(2**63))
    return struct.pack(">iii", 4, 0, len(body)) + body


def savepoint(*parts: bytes) -> bytes:
    return HEADER + b"state".join([b"", *parts, b""])


def test_a_savepoint_says_its_number() -> None:
    assert checkpoint_number(HEADER) == 1_000


@pytest.mark.parametrize("content", [b"", b"PK\3\4", struct.pack(">iiq", 0x4960672D, 2, 9)])
def test_a_file_of_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(SavepointError, match="expected Flink's form"):
        checkpoint_number(content)


def test_each_partition_has_its_next_offset() -> None:
    content = savepoint(
        assigned("check.trades", 0),
        split("check.trades", 1, 150),
        split("check.trades.binance-spot", 0, 7),
        split("trades", 0, 9),
        split("check.trades", 0, 3_150),
    )
    assert next_offsets(content, "check.trades", 2) == {0: 3_150, 1: 150}


def test_a_partition_that_is_missing_is_refused() -> None:
    content = savepoint(split("trades", 0, 1))
    with pytest.raises(SavepointError, match=r"offsets of 2 partitions of trades, found .* \[0\]"):
        next_offsets(content, "trades", 2)


def test_two_offsets_of_one_partition_are_refused() -> None:
    content = savepoint(split("trades", 0, 1), split("trades", 0, 2))
    with pytest.raises(SavepointError, match="found 1 and 2"):
        next_offsets(content, "trades", 1)


def test_a_topic_that_was_not_read_is_not_named() -> None:
    content = savepoint(split("trades.binance-spot", 0, 1))
    assert is_named(content, "trades.binance-spot")
    assert not is_named(content, "trades")
