"""Trino: run statements, and make the views that join hot and cold."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from trino.dbapi import connect
from trino.exceptions import Error as TrinoError
from trino.exceptions import TrinoConnectionError

from market.errors import TidemarkError
from market.names import Namespace
from market.tables import TABLES, Table
from sql import statement

if TYPE_CHECKING:
    from trino.dbapi import Cursor


class QueryError(TidemarkError):
    """Trino refused a statement or could not be reached."""


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of a statement.

    Attributes:
        columns: names, in order.
        rows: values typed as Trino typed them.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


@contextmanager
def _cursor(url: str) -> Iterator["Cursor"]:
    address = urlsplit(url)
    connection = connect(
        host=address.hostname, port=address.port, http_scheme=address.scheme, user="tidemark"
    )
    try:
        yield connection.cursor()
    finally:
        connection.close()


def query(url: str, text: str) -> Result:
    """Run one statement and return all its rows.

    Args:
        url: of Trino, such as ``http://127.0.0.1:8080``.
        text: the statement; a closing semicolon is left out.

    Raises:
        QueryError: Trino refused it, or does not answer.
    """
    with _cursor(url) as cursor:
        try:
            cursor.execute(text.strip().rstrip(";"))
            rows = cursor.fetchall()
        except TrinoConnectionError as error:
            raise QueryError(
                f"Trino at {url}: expected an answer, found none; see `tidemark status`"
            ) from error
        except TrinoError as error:
            raise QueryError(f"Trino at {url}: {error}") from error
        return Result([column[0] for column in cursor.description or []], rows)


def create_views(url: str, namespace: Namespace) -> list[str]:
    """Create or replace one view for each table that both stores hold; return their names."""
    query(url, f"CREATE SCHEMA IF NOT EXISTS lake.{namespace.layer('views')}")
    tables = [table for table in TABLES.values() if table.live]
    for table in tables:
        query(url, statement("views/candles.sql", _view_names(table, namespace)))
    return [f"lake.{namespace.layer('views')}.{table.name}" for table in tables]


def _view_names(table: Table, namespace: Namespace) -> dict[str, str]:
    names = [f'"{field.name}"' for field in table.fields]
    return {
        "views": namespace.layer("views"),
        "silver": namespace.layer(table.layer),
        "database": namespace.database(),
        "table": table.name,
        "columns": ",\n  ".join(names),
        "hot_columns": ",\n  ".join(f"hot.{name}" for name in names),
    }
