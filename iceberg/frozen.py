"""Tables as a migration declared them: the schema of that time, whatever the dictionary says today.

A declaration is JSON: one object a table, with Iceberg's own form of schema, partitioning and sort
order. `tidemark lake freeze` writes it from the dictionary, once.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortOrder
from pyiceberg.typedef import IcebergBaseModel

from iceberg.schema import PROPERTIES, iceberg_schema, partition_spec, sort_order
from market.dictionary.schemas import Table
from stores.iceberg import Lake

Declaration = Mapping[str, Any]


def freeze(table: Table) -> Declaration:
    """Return what a migration keeps of a table."""
    return {
        "layer": table.layer,
        "name": table.name,
        "comment": table.description,
        "schema": _plain(iceberg_schema(table)),
        "partition_spec": _plain(partition_spec(table)),
        "sort_order": _plain(sort_order(table)),
    }


def _plain(model: IcebergBaseModel) -> Any:
    return json.loads(model.model_dump_json(by_alias=True, exclude_none=True))


def create_tables(lake: Lake, declarations: Iterable[Declaration]) -> None:
    """Create declared tables that are not there yet, with their namespaces."""
    for declared in declarations:
        layer = lake.namespace.layer(declared["layer"])
        lake.catalog.create_namespace_if_not_exists(layer)
        lake.catalog.create_table_if_not_exists(
            (layer, declared["name"]),
            Schema.model_validate(declared["schema"]),
            partition_spec=PartitionSpec.model_validate(declared["partition_spec"]),
            sort_order=SortOrder.model_validate(declared["sort_order"]),
            properties={**PROPERTIES, "comment": declared["comment"]},
        )


def to_text(name: str, declarations: Iterable[Declaration]) -> str:
    """Return a migration that creates tables as a file: a line a column, so that changes show."""
    tables = []
    for declared in declarations:
        columns = ",\n        ".join(json.dumps(one) for one in declared["schema"]["fields"])
        others = {key: value for key, value in declared["schema"].items() if key != "fields"}
        rest = json.dumps(others | {"fields": []}).removesuffix("]}")
        lines = [
            f'      "{key}": {json.dumps(declared[key])}'
            for key in ("layer", "name", "comment", "partition_spec", "sort_order")
        ]
        schema = f'      "schema": {rest}\n        {columns}\n      ]}}'
        tables.append("    {\n" + ",\n".join([*lines, schema]) + "\n    }")
    listed = ",\n".join(tables)
    return f'{{\n  "name": {json.dumps(name)},\n  "tables": [\n{listed}\n  ]\n}}\n'
