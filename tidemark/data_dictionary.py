"""The data dictionary as a page, derived from `market.dictionary`."""

from collections.abc import Iterable, Sequence

from market.dictionary.fields import Field, Kind
from market.dictionary.schemas import DAY_MS, Table, Topic
from market.dictionary.tables import DOCUMENTS, TABLES
from market.dictionary.topics import TOPICS

PAGE = "docs/data_dictionary.md"

_HEADER = """# Data dictionary

Every topic, table and column. This page is made by `tidemark docs` from
`market/dictionary/fields.py`, `market/dictionary/topics.py` and `market/dictionary/tables.py`; a
test shows that it is up to date. A name means the same quantity in the same unit wherever it
stands. Null means unknown.

In Kafka a value is JSON: an absent key is null, decimals are strings, instants are ISO 8601 in UTC.
A connector keys its records `market|symbol`; a job keys its results by both as a JSON object.
Heartbeats have no key: one goes to every partition.
"""


def render() -> str:
    """Return the whole page."""
    parts = [_HEADER, "## Topics\n", *map(_topic, TOPICS.values())]
    parts += ["## Tables\n", *map(_table, TABLES.values())]
    parts += ["## Documents\n", *map(_document, DOCUMENTS.values())]
    parts += ["## Columns\n", _columns(_all_fields())]
    return "\n".join(parts)


def _topic(topic: Topic) -> str:
    keeps = "compacted" if topic.compacted else f"kept {topic.retention_ms // DAY_MS} days"
    names = ", ".join(f"`{field.name}`" for field in topic.fields) or "key and value of Connect"
    return (
        f"### `{topic.name}`\n\nOne record is {topic.description}. "
        f"{_partitions(topic.partitions)}, {keeps}.\n\n{names}\n"
    )


def _partitions(number: int) -> str:
    return f"{number} partition{'' if number == 1 else 's'}"


def _table(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key) or "none, rows are events"
    buckets = f", {table.buckets} buckets of `symbol`" if table.buckets else ""
    live = f" MongoDB holds its newest rows as `live.{table.name}`." if table.live else ""
    names = ", ".join(f"`{field.name}`" for field in table.fields)
    return (
        f"### `{table.layer}.{table.name}`\n\nOne row is {table.description}. Key: {key}. "
        f"Partitioned by day of `{table.time}`{buckets}; version {table.version}.{live}\n\n"
        f"{names}\n"
    )


def _document(table: Table) -> str:
    names = ", ".join(f"`{field.name}`" for field in table.fields)
    return (
        f"### `live.{table.name}`\n\nOne document is {table.description}, in MongoDB only; "
        f"`_id` is `market|symbol`.\n\n{names}\n"
    )


def _all_fields() -> list[Field]:
    owners: Sequence[Topic | Table] = [*TOPICS.values(), *TABLES.values(), *DOCUMENTS.values()]
    return sorted(
        {field.name: field for owner in owners for field in owner.fields}.values(),
        key=lambda field: field.name,
    )


def _columns(fields: Iterable[Field]) -> str:
    lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for field in fields:
        meaning = field.description.replace("|", "\\|")
        lines.append(f"| `{field.name}` | {_type(field)} | {field.unit} | {meaning} |")
    return "\n".join(lines) + "\n"


def _type(field: Field) -> str:
    if field.kind in (Kind.DECIMAL, Kind.DECIMALS):
        return f"{field.kind.value}({field.precision},{field.scale})"
    return field.kind.value
