"""Flink DDL derived from `market.dictionary`: Kafka sources and sinks, MongoDB sinks, the lake.

Only declarations are made here; queries stand in `sql/flink/`.
"""

from collections.abc import Collection, Mapping, Sequence

from flink_jobs.config import JobConfig
from market.dictionary.fields import Field, Kind
from market.dictionary.schemas import Table, Topic

_TYPES: dict[Kind, str] = {
    Kind.STRING: "STRING",
    Kind.LONG: "BIGINT",
    Kind.INT: "INT",
    Kind.DOUBLE: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TIMESTAMP: "TIMESTAMP_LTZ(3)",
}


def flink_type(field: Field) -> str:
    """Return the Flink SQL type of a field."""
    if field.kind is Kind.DECIMAL:
        return f"DECIMAL({field.precision}, {field.scale})"
    if field.kind is Kind.DECIMALS:
        return f"ARRAY<DECIMAL({field.precision}, {field.scale})>"
    return _TYPES[field.kind]


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _options(options: Mapping[str, str]) -> str:
    return ",\n  ".join(f"{quoted(key)} = {quoted(value)}" for key, value in options.items())


def _create(name: str, columns: Sequence[str], options: Mapping[str, str]) -> str:
    body = ",\n  ".join(columns)
    return f"CREATE TEMPORARY TABLE {name} (\n  {body}\n) WITH (\n  {_options(options)}\n)"


def _columns(fields: Sequence[Field]) -> list[str]:
    return [f"`{field.name}` {flink_type(field)}" for field in fields]


def relation(name: str) -> str:
    """Return a topic's or market's name as SQL can use it unquoted: ``book_tops_binance_spot``."""
    return name.replace(".", "_").replace("-", "_")


def kafka_source(
    topic: Topic, config: JobConfig, job: str, *, rowtime: bool, as_text: Collection[str] = ()
) -> str:
    """Return the DDL of a source on a topic, named as `relation` says.

    Args:
        topic: what is read.
        config: where it is.
        job: the consumer group.
        rowtime: add `event_time` from `event_time_ms`, with the watermark that windows need. Only
            heartbeats move it: a busy symbol must not close windows of another one that waits.
        as_text: decimals that the job only passes through; as STRING they cost no conversion.
    """
    columns = [
        f"`{field.name}` {'STRING' if field.name in as_text else flink_type(field)}"
        for field in topic.fields
    ]
    if rowtime:
        columns += [
            "`event_time` AS TO_TIMESTAMP_LTZ(`event_time_ms`, 3)",
            # A heartbeat vouches for what was before it; a window closes 1 ms before its end.
            "WATERMARK FOR `event_time` AS CASE WHEN `kind` = 'heartbeat' "
            "THEN `event_time` - INTERVAL '0.001' SECOND(1, 3) END",
        ]
    return _create(
        relation(topic.name),
        columns,
        {
            "connector": "kafka",
            "topic": config.namespace.topic(topic.name),
            "properties.bootstrap.servers": config.kafka_bootstrap_servers,
            "properties.group.id": config.namespace.job(job),
            "properties.isolation.level": "read_committed",
            **config.takeover.startup(topic.name, config.startup_mode),
            # Ours, of java/table: reads all that `json` does, the usual form faster.
            "format": "flat-json",
        },
    )


def kafka_sink(topic: Topic, config: JobConfig, job: str, *, exactly_once: bool) -> str:
    """Return the DDL of a sink on a topic, named ``<topic>_topic``, keyed by market and symbol.

    Exact decimals are STRING columns: they travel as decimal strings.
    """
    columns = [
        f"`{field.name}` {'STRING' if field.kind is Kind.DECIMAL else flink_type(field)}"
        for field in topic.fields
    ]
    options = {
        "connector": "kafka",
        "topic": config.namespace.topic(topic.name),
        "properties.bootstrap.servers": config.kafka_bootstrap_servers,
        "properties.compression.type": "lz4",
        "key.format": "json",
        "key.fields": "market;symbol",
        "value.format": "json",
        "value.json.timestamp-format.standard": "ISO-8601",
        "value.json.encode.ignore-null-fields": "true",
        # Windows are few rows, and each writer costs a transaction a checkpoint.
        "sink.parallelism": "1",
    }
    if exactly_once:
        options |= {
            "sink.delivery-guarantee": "exactly-once",
            "sink.transactional-id-prefix": config.takeover.transactional_id(
                f"{config.namespace.job(job)}-{topic.name}"
            ),
            # A transaction must outlive any restart of the job, so it is as long as a stock broker
            # allows: 15 minutes is the default of its transaction.max.timeout.ms.
            "properties.transaction.timeout.ms": "900000",
        }
    return _create(f"{topic.name}_topic", columns, options)


def mongodb_sink(table: Table, config: JobConfig, flush_interval_ms: int = 1_000) -> str:
    """Return the DDL of a sink on a table's collection, named ``<table>_live``, upsert by `_id`.

    Args:
        table: whose documents are written.
        config: where.
        flush_interval_ms: longest wait of a row; of rows that wait with one `_id`, the last counts.
    """
    columns = ["`_id` STRING", *_columns(table.fields), "PRIMARY KEY (`_id`) NOT ENFORCED"]
    return _create(
        f"{table.name}_live",
        columns,
        {
            "connector": "mongodb",
            "uri": config.mongodb_uri,
            "database": config.namespace.database(),
            "collection": table.name,
            "sink.buffer-flush.interval": f"{flush_interval_ms} ms",
        },
    )


def lake_catalog(config: JobConfig) -> str:
    """Return the statement that makes the lake's tables known as ``lake.<layer>.<table>``."""
    options = {
        "type": "iceberg",
        "catalog-type": "rest",
        "uri": config.iceberg_rest_uri,
        "warehouse": config.iceberg_warehouse,
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "s3.endpoint": config.s3_endpoint,
        "s3.path-style-access": "true",
        "s3.access-key-id": config.s3_access_key,
        "s3.secret-access-key": config.s3_secret_key,
        "client.region": config.s3_region,
        "rest.auth.type": "oauth2",
        "credential": f"{config.s3_access_key}:{config.s3_secret_key}",
        "oauth2-server-uri": f"{config.iceberg_rest_uri}/v1/oauth/tokens",
    }
    return f"CREATE CATALOG lake WITH (\n  {_options(options)}\n)"
