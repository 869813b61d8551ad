"""Job `bronze`: every topic's records into the lake as received, exactly once."""

from collections.abc import Sequence

from flink_jobs.config import JobConfig
from flink_jobs.ddl import kafka_source
from flink_jobs.job import Job, run
from market.tables import DEAD_LETTERS, FEED_EVENTS, LATE_RECORDS, TRADES
from sql import statement

_TOPICS = (TRADES, FEED_EVENTS, DEAD_LETTERS, LATE_RECORDS)


def _declare(config: JobConfig) -> Sequence[str]:
    return [kafka_source(topic, config, "bronze", rowtime=False) for topic in _TOPICS]


def _inserts(config: JobConfig) -> Sequence[str]:
    layers = {layer: config.namespace.layer(layer) for layer in ("bronze", "ops")}
    return [statement(f"flink/bronze/{topic.name}.sql", layers) for topic in _TOPICS]


JOB = Job("bronze", _declare, lambda _: {}, _inserts)

if __name__ == "__main__":
    run(JOB)
