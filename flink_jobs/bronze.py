"""Job `bronze`: every topic's records into the lake as received, exactly once."""

from collections.abc import Sequence

from flink_jobs.config import JobConfig
from flink_jobs.ddl import kafka_source
from flink_jobs.job import Job, run
from flink_jobs.projections import to_bronze
from market.dictionary.record_types import RECORD_TYPES


def _declare(config: JobConfig) -> Sequence[str]:
    return [
        kafka_source(topic, config, "bronze", rowtime=False)
        for record_type in RECORD_TYPES
        for topic in record_type.topics().values()
    ]


def _inserts(config: JobConfig) -> Sequence[str]:
    return [to_bronze(record_type, config.namespace) for record_type in RECORD_TYPES]


JOB = Job("bronze", _declare, lambda _: {}, _inserts)

if __name__ == "__main__":
    run(JOB)
