"""Job `bronze`: every topic's records into the lake as received, exactly once."""

from collections.abc import Sequence

from flink_jobs.config import JobConfig
from flink_jobs.ddl import kafka_source
from flink_jobs.job import Job, run
from market.dictionary.topics import (
    BOOK_SNAPSHOTS,
    BOOK_TOPS,
    DEAD_LETTERS,
    DEPTH_DIFFS,
    FEED_EVENTS,
    LATE_RECORDS,
    TRADES,
)
from sql import statement

_TOPICS = (
    *TRADES.values(),
    *BOOK_TOPS.values(),
    BOOK_SNAPSHOTS,
    DEPTH_DIFFS,
    FEED_EVENTS,
    DEAD_LETTERS,
    LATE_RECORDS,
)
_TABLES = (
    "trades",
    "book_tops",
    "book_snapshots",
    "depth_diffs",
    "feed_events",
    "dead_letters",
    "late_records",
)


def _declare(config: JobConfig) -> Sequence[str]:
    return [kafka_source(topic, config, "bronze", rowtime=False) for topic in _TOPICS]


def _inserts(config: JobConfig) -> Sequence[str]:
    layers = {layer: config.namespace.layer(layer) for layer in ("bronze", "ops")}
    return [statement(f"flink/bronze/{table}.sql", layers) for table in _TABLES]


JOB = Job("bronze", _declare, lambda _: {}, _inserts)

if __name__ == "__main__":
    run(JOB)
