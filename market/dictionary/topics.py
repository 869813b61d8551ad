"""Every Kafka topic: those of record types, those of windows, and the few that are neither."""

from market.dictionary.record_types import (
    BOOK_SNAPSHOTS_TYPE,
    BOOK_TOPS_TYPE,
    DEAD_LETTERS_TYPE,
    DEPTH_DIFFS_TYPE,
    FEED_EVENTS_TYPE,
    LATE_RECORDS_TYPE,
    RECORD_TYPES,
    TRADES_TYPE,
)
from market.dictionary.schemas import DAY_MS, Topic, fields_of
from market.dictionary.window_tables import WINDOW_TYPES
from market.errors import UnknownNameError

TRADES = TRADES_TYPE.topics()
"""By market: heartbeats of one market must not vouch for the time of another."""
BOOK_TOPS = BOOK_TOPS_TYPE.topics()
"""By market, as `TRADES`."""
BOOK_SNAPSHOTS = BOOK_SNAPSHOTS_TYPE.topics()[""]
DEPTH_DIFFS = DEPTH_DIFFS_TYPE.topics()[""]
FEED_EVENTS = FEED_EVENTS_TYPE.topics()[""]
DEAD_LETTERS = DEAD_LETTERS_TYPE.topics()[""]
LATE_RECORDS = LATE_RECORDS_TYPE.topics()[""]
ALERTS = Topic(
    "alerts",
    fields_of(
        "alert severity market symbol table_name check_name detail from_time_ms to_time_ms "
        "raised_at_ms schema_version"
    ),
    1,
    30 * DAY_MS,
    "one red check of one symbol, which somebody should look at",
)
CONNECT_OFFSETS = Topic("connect_offsets", (), 1, -1, "a source's offset", compacted=True)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        *(topic for one in RECORD_TYPES for topic in one.topics().values()),
        *(topic for one in WINDOW_TYPES for topic in one.topics()),
        ALERTS,
        CONNECT_OFFSETS,
    )
}
"""Every topic by name."""


def topic(name: str) -> Topic:
    """Return the topic of that name.

    Raises:
        UnknownNameError: no such topic.
    """
    if name not in TOPICS:
        raise UnknownNameError(f"no topic is named {name!r}; known: {', '.join(TOPICS)}")
    return TOPICS[name]
