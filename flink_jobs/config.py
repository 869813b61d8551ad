"""What a job must be told: addresses, credentials, namespace. Topology stays in code.

Read once from the environment of the process that builds the job graph; command-line options
win over it, because a job is also submitted through the REST API of a running cluster.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flink_jobs.upgrades import Takeover
from market.dictionary.names import Namespace
from market.touched_ranges import ReadRange, TouchedRange
from stores.environment import Variables

STATE_BUCKET = "s3://flink"
"""Checkpoints and savepoints; an ordinary bucket, since a table bucket takes only tables."""


def checkpoint_directory(job: str) -> str:
    """Return where a job's checkpoints go, by its full name."""
    return f"{STATE_BUCKET}/checkpoints/{job}"


def savepoint_directory(job: str) -> str:
    """Return where a job's savepoints go, by its full name."""
    return f"{STATE_BUCKET}/savepoints/{job}"


@dataclass(frozen=True, slots=True)
class JobConfig:
    """The frozen configuration of one job.

    Attributes:
        parallelism: of the whole job.
        checkpoint_interval_ms: also the rhythm of lake commits and of the Kafka results.
        startup_mode: of Kafka sources without stored position, such as ``earliest-offset``.
        takeover: from the graph before this one, when the job was upgraded.
        staging: Iceberg namespace that a recomputation writes to; empty for a stream.
        ranges: what a recomputation makes again; none for a stream.
    """

    kafka_bootstrap_servers: str
    mongodb_uri: str
    iceberg_rest_uri: str
    iceberg_warehouse: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    s3_region: str
    namespace: Namespace
    parallelism: int
    checkpoint_interval_ms: int
    startup_mode: str
    takeover: Takeover
    staging: str
    ranges: tuple[ReadRange, ...]


def _parser(job: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"flink_jobs.{job}", description=f"Build and submit the Flink job {job!r}."
    )
    parser.add_argument("--namespace", help="prefix of topics, databases and lake namespaces")
    parser.add_argument("--parallelism", type=int, default=2)
    parser.add_argument("--checkpoint-interval-ms", type=int, default=5_000)
    parser.add_argument("--startup-mode", default="earliest-offset")
    parser.add_argument(
        "--takeover",
        type=Takeover.from_json,
        default=Takeover(),
        help="of an upgraded job: JSON of where it starts and of what was published before it",
    )
    parser.add_argument("--staging", default="", help="of a recomputation: where its rows go")
    parser.add_argument(
        "--ranges",
        type=_ranges,
        default=(),
        help="of a recomputation: JSON lists of market, symbol, from, to, read from, read to in ms",
    )
    return parser


def _ranges(text: str) -> tuple[ReadRange, ...]:
    return tuple(
        ReadRange(TouchedRange(market, symbol, from_ms, to_ms), *read)
        for market, symbol, from_ms, to_ms, *read in json.loads(text)
    )


def read_config(job: str, arguments: Sequence[str], environment: Mapping[str, str]) -> JobConfig:
    """Return a job's configuration.

    Args:
        job: its short name, for ``--help`` and errors.
        arguments: command-line options, without the program's name.
        environment: usually `os.environ`.

    Raises:
        SettingsError: a variable is missing.
        SystemExit: the options are wrong or ask for help.
    """
    options, variables = _parser(job).parse_args(arguments), Variables(environment)
    namespace = options.namespace
    if namespace is None:
        namespace = variables.text("TIDEMARK_NAMESPACE")

    def required(name: str) -> str:
        return variables.required(name, "the JobManager's")

    return JobConfig(
        kafka_bootstrap_servers=required("KAFKA_BOOTSTRAP_SERVERS"),
        mongodb_uri=required("MONGODB_URI"),
        iceberg_rest_uri=required("ICEBERG_REST_URI"),
        iceberg_warehouse=variables.text("ICEBERG_WAREHOUSE"),
        s3_endpoint=required("S3_ENDPOINT"),
        s3_access_key=required("S3_ACCESS_KEY"),
        s3_secret_key=required("S3_SECRET_KEY"),
        s3_region=variables.text("S3_REGION"),
        namespace=Namespace(namespace),
        parallelism=options.parallelism,
        checkpoint_interval_ms=options.checkpoint_interval_ms,
        startup_mode=options.startup_mode,
        takeover=options.takeover,
        staging=options.staging,
        ranges=options.ranges,
    )
