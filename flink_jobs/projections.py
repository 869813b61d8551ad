"""Statements that follow from the dictionary: what only passes columns on is never written by hand.

The texts stand in `sql/flink/shared`; their lists of columns and relations are made here.
"""

from collections.abc import Iterable

from flink_jobs.ddl import relation
from market.dictionary.fields import Kind
from market.dictionary.names import Namespace
from market.dictionary.record_types import RecordType
from market.dictionary.schemas import Table
from sql import statement


def union(relations: Iterable[str]) -> str:
    """Return a query of all rows of relations that have the same columns."""
    rows = (statement("flink/shared/all_rows.sql", {"relation": one}) for one in relations)
    return "UNION ALL\n".join(rows)


def to_bronze(record_type: RecordType, namespace: Namespace) -> str:
    """Return the statement that appends a type's records, of all its topics, to its table."""
    relations = [relation(topic.name) for topic in record_type.topics().values()]
    names = {
        "layer": namespace.layer(record_type.layer),
        "table": record_type.name,
        "columns": ",\n  ".join(
            f"TO_TIMESTAMP_LTZ(`{name}`, 3)" if name in record_type.instants else f"`{name}`"
            for name in record_type.columns()
        ),
        "source": relations[0] if len(relations) == 1 else f"(\n{union(relations)}\n)",
        "condition": f"WHERE {record_type.kept}" if record_type.kept else "",
    }
    return statement("flink/shared/to_bronze.sql", names)


def to_stores(table: Table, namespace: Namespace) -> list[str]:
    """Return the statements that publish a view of windows: topic, lake and MongoDB."""
    return [
        statement("flink/shared/to_kafka.sql", {"table": table.name, "columns": _texts(table)}),
        to_lake(table, namespace.layer(table.layer)),
        statement("flink/shared/to_live.sql", {"table": table.name, "interval": table.interval}),
    ]


def to_lake(table: Table, layer: str) -> str:
    """Return the statement that appends a view of windows to the table of its name.

    Args:
        table: of windows.
        layer: namespace of the lake that holds it, such as ``check_silver``.
    """
    return statement("flink/shared/to_lake.sql", {"table": table.name, "layer": layer})


def late_records(relations: Iterable[str]) -> str:
    """Return the statement that names late records of all kinds that a job reads."""
    return statement("flink/shared/late_records.sql", {"late": union(relations)})


def _texts(table: Table) -> str:
    """Return a table's columns as its topic has them: exact decimals as text."""
    return ",\n  ".join(
        f"CAST(`{one.name}` AS STRING)" if one.kind is Kind.DECIMAL else f"`{one.name}`"
        for one in table.fields
    )
