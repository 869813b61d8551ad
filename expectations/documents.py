"""Types of MongoDB's documents: Trino reads a value of another type than it was told of as NULL.

So a document with such a value looks like one whose value is unknown, in every query. Only
MongoDB itself knows better, and is asked here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient

from expectations.rules import Verdict
from market.dictionary.fields import Kind
from market.dictionary.schemas import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.collection import Collection

_READABLE: dict[Kind, tuple[str, ...]] = {
    Kind.STRING: ("string",),
    Kind.LONG: ("long", "int"),
    Kind.INT: ("int", "long"),
    Kind.DOUBLE: ("double", "int", "long"),
    Kind.BOOLEAN: ("bool",),
    Kind.DECIMAL: ("decimal",),
    Kind.DECIMALS: ("array",),
    Kind.TIMESTAMP: ("date",),
}
"""BSON types, in MongoDB's words, that are read as the kind; the first is what a job writes."""

_TOLD = 3

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A document with a value that Trino would read as NULL."""

    document_id: str
    market: str
    symbol: str
    value: object


def check_types(uri: str, database: str, table: Table) -> list[Verdict]:
    """Return a verdict for each column of a collection: green, or red by symbol.

    Args:
        uri: of MongoDB.
        database: of the namespace.
        table: whose collection is looked at, as a whole.

    Raises:
        pymongo.errors.PyMongoError: MongoDB refused or does not answer.
    """
    with MongoClient[Document](uri, tz_aware=True) as client:
        collection = client[database][table.name]
        rows = collection.estimated_document_count()
        kinds = {field.name: _READABLE[field.kind] for field in table.fields}
        # Almost always none at all: one look at every document, not one for each column.
        if collection.find_one({"$or": [_mistyped(name, kinds[name]) for name in kinds]}) is None:
            return [_green(table, name, rows) for name in kinds]
        return [
            verdict
            for name, types in kinds.items()
            for verdict in _check_column(collection, table, name, types)
        ]


def _check_column(
    collection: "Collection[Document]", table: Table, name: str, types: "Sequence[str]"
) -> Iterator[Verdict]:
    rows = collection.estimated_document_count()
    by_symbol: dict[tuple[str, str], list[Mistyped]] = {}
    for document in collection.find(_mistyped(name, types)):
        one = Mistyped(
            str(document["_id"]),
            str(document.get("market", "")),
            str(document.get("symbol", "")),
            document[name],
        )
        by_symbol.setdefault((one.market, one.symbol), []).append(one)
    if not by_symbol:
        yield _green(table, name, rows)
    for (market, symbol), found in by_symbol.items():
        told = "; ".join(f"{one.document_id} holds {one.value!r}" for one in found[:_TOLD])
        yield Verdict(
            _name(name),
            _collection_name(table),
            market,
            symbol,
            rows,
            len(found),
            f"{name} as {types[0]}, which Trino reads as NULL otherwise; {told}",
        )


def _mistyped(name: str, types: "Sequence[str]") -> Document:
    return {name: {"$exists": True, "$not": {"$type": [*types, "null"]}}}


def _green(table: Table, name: str, rows: int) -> Verdict:
    return Verdict(_name(name), _collection_name(table), "", "", rows, 0)


def _name(column: str) -> str:
    return f"bson_type({column})"


def _collection_name(table: Table) -> str:
    return f"live.{table.name}"
