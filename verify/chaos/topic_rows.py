"""Read what topics ever held: rows of results, each symbol's begin, late records without a mark.

A reader sees what is committed, in order within a partition; all records of a symbol are in one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from market.dictionary.tables import table
from market.dictionary.topics import TOPICS, topic
from verify.chaos.truth import Book
from verify.chaos.versions import KAFKA, TABLES, Observed, Version
from verify.stores import Stores, typed, window_row

_TRADES = "trades"
_SECOND_MS = 1_000


def read_topics(stores: Stores) -> Iterator[Observed]:
    """Yield what every result topic held, from its beginning."""
    for name in TABLES:
        source, wanted, versions = topic(name), table(name), []
        for record in stores.records(source):
            key, row = window_row(wanted, typed(source, json.loads(record.value)))
            place = f"partition {record.partition} offset {record.offset}"
            versions.append(Version(key, row, record.offset, place))
        yield Observed(KAFKA, name, versions, {})


def first_trades_ms(stores: Stores) -> dict[Book, int]:
    """Return the event time of the first trade that was received of each symbol."""
    first: dict[Book, tuple[int, int]] = {}
    for name, source in TOPICS.items():
        if name.partition(".")[0] == _TRADES:
            for record in stores.records(source):
                value = json.loads(record.value)
                if value["kind"] == "trade":
                    one = value["market"], value["symbol"]
                    found = record.offset, value["event_time_ms"]
                    first[one] = min(found, first.get(one, found))
    return {one: time_ms for one, (_, time_ms) in first.items()}


def unmarked_late(stores: Stores) -> list[str]:
    """Return the late records of all topics that do not say so, in words.

    A heartbeat says that nothing of its partition's earlier seconds is still to come. What comes
    all the same has missed its window, and can be found only by its own mark (`late_after_ms`).
    """
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
