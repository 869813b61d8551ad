"""Check that every record that came too late for its window says so.

A heartbeat says that nothing of its partition's earlier seconds is still to come. What comes all
the same has missed its window, and can be found only by its own mark (`late_after_ms`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from market.dictionary.topics import TOPICS
from verify.stores import Stores

_SECOND_MS = 1_000


def unmarked_late(stores: Stores) -> list[str]:
    """Return the late records of all topics that do not say so, in words."""
    found: list[str] = []
    for name, source in TOPICS.items():
        if any(field.name == "late_after_ms" for field in source.fields):
            records = (
                (one.partition, one.offset, json.loads(one.value)) for one in stores.records(source)
            )
            found += [f"{name} {text}" for text in unmarked(records)]
    return found


def unmarked(records: Iterable[tuple[int, int, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield those of one topic.

    Args:
        records: partition, offset and value, each partition's in order.
    """
    vouched_ms: dict[int, int] = {}
    for partition, offset, value in records:
        until_ms, time_ms = vouched_ms.get(partition, 0), value["event_time_ms"]
        if value["kind"] == "heartbeat":
            vouched_ms[partition] = max(until_ms, time_ms)
        elif time_ms < until_ms - until_ms % _SECOND_MS and value.get("late_after_ms") is None:
            yield (
                f"partition {partition} offset {offset}: {value['kind']} of {value['symbol']} at "
                f"{time_ms}, expected late_after_ms {until_ms}, found none"
            )
