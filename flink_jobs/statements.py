"""What a job reads and writes, and what it is, read off its statements.

Nothing has to be declared a second time: a job's statements are the same text everywhere but for
addresses and names, so they are looked at under placeholders of these.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib import import_module

from flink_jobs.config import JobConfig, read_config
from flink_jobs.job import Job, graph_settings
from market.dictionary.schemas import Table
from market.dictionary.tables import TABLES

_PLACEHOLDERS = {
    name: name.lower()
    for name in (
        "KAFKA_BOOTSTRAP_SERVERS",
        "MONGODB_URI",
        "ICEBERG_REST_URI",
        "S3_ENDPOINT",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
    )
}
_COMMENT = re.compile(r"--[^\n]*")
_SOURCE_TOPIC = re.compile(r"'topic' = '([^']+)'.*'scan\.startup\.mode'", re.DOTALL)
_RESULT_TOPIC = re.compile(r"INSERT INTO (\w+)_topic\b")
_LAKE_TABLE = re.compile(r"INSERT INTO lake\.\w+\.(\w+)")


@dataclass(frozen=True, slots=True)
class Statements:
    """A job as its statements say.

    Attributes:
        digest: of everything that the graph is made of. Savepoints of one digest fit no other.
        windowed: topics whose records windows are made of, without the namespace.
        others: topics whose records are passed on one by one.
        results: tables of windows that have a topic.
        lake_tables: names of all tables of the lake that it appends to.
    """

    digest: str
    windowed: frozenset[str]
    others: frozenset[str]
    results: tuple[Table, ...]
    lake_tables: frozenset[str]


def statements_of(name: str) -> Statements:
    """Return what the statements of a job say.

    Args:
        name: the job's short name, such as ``candles``.
    """
    job: Job = import_module(f"flink_jobs.{name}").JOB
    config = read_config(name, [], _PLACEHOLDERS)
    declared, inserts = job.declare(config), job.inserts(config)
    topics = {found[1]: text for text in declared if (found := _SOURCE_TOPIC.search(text))}
    windowed = {topic for topic, text in topics.items() if "WATERMARK FOR" in text}
    results = {found for text in inserts for found in _RESULT_TOPIC.findall(text)}
    return Statements(
        digest=_digest(job, config),
        windowed=frozenset(windowed),
        others=frozenset(topics.keys() - windowed),
        results=tuple(one for one in TABLES.values() if one.interval and one.name in results),
        lake_tables=frozenset(found for text in inserts for found in _LAKE_TABLE.findall(text)),
    )


def _digest(job: Job, config: JobConfig) -> str:
    """Return a digest of all texts, comments and white space left out."""
    views = job.views(config)
    texts = [*job.declare(config), *views.keys(), *views.values(), *job.inserts(config)]
    texts += [f"{key}={value}" for key, value in sorted(graph_settings(config).items())]
    plain = "\n".join(" ".join(_COMMENT.sub("", text).split()) for text in texts)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]
