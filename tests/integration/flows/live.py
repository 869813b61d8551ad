"""Windows as documents of MongoDB, as a job would have written them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128
from pymongo import MongoClient
from pymongo.database import Database

from market.dictionary.fields import Kind
from market.dictionary.names import record_key
from market.dictionary.tables import table
from stack.settings import Settings
from tests.integration.flows.silver import Row

Document = dict[str, Any]


@contextmanager
def database(settings: Settings) -> Iterator[Database[Document]]:
    """Open the database of a namespace."""
    with MongoClient[Document](settings.mongodb.uri, tz_aware=True) as client:
        yield client[settings.namespace.database()]


def documents(name: str, rows: Sequence[Row]) -> list[Document]:
    """Return rows of a table of windows as documents."""
    instants = {field.name for field in table(name).fields if field.kind is Kind.TIMESTAMP}
    return [
        {
            "_id": f"{record_key(row['market'], row['symbol'])}|{row['window_start']}",
            **{
                column: _instant(value) if column in instants else _value(value)
                for column, value in row.items()
            },
        }
        for row in rows
    ]


def _instant(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1_000, UTC)


def _value(value: Any) -> Any:
    return Decimal128(value) if isinstance(value, Decimal) else value
