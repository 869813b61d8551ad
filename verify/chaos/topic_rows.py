"""Read every row that result topics ever held, and when each symbol began.

A reader sees what is committed, in order within a partition; all records of a symbol are in one.
"""

import json
from collections.abc import Iterator

from market.dictionary.tables import table
from market.dictionary.topics import TOPICS, topic
from verify.chaos.truth import Book
from verify.chaos.versions import KAFKA, TABLES, Observed, Version
from verify.stores import Stores, typed, window_row

_TRADES = "trades"


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
