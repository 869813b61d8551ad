"""Trino's client: run a statement and return its rows.

Only processes of the lakehouse environment may import this module: the Flink environment, which
also has this package, holds no Trino client.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from trino.dbapi import connect
from trino.exceptions import Error as TrinoError
from trino.exceptions import TrinoConnectionError, TrinoQueryError

from market.errors import TidemarkError

if TYPE_CHECKING:
    from trino.dbapi import Cursor


One = TypeVar("One")
Made = TypeVar("Made")


class QueryError(TidemarkError):
    """Trino refused a statement or could not be reached."""


class ConflictError(QueryError):
    """Another writer of the table was first; nothing was written, and trying again is safe."""


_CONFLICTS = ("ICEBERG_COMMIT_ERROR", "TRANSACTION_CONFLICT")


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
def _cursor(url: str, session: Mapping[str, str]) -> Iterator["Cursor"]:
    address = urlsplit(url)
    connection = connect(
        host=address.hostname,
        port=address.port,
        http_scheme=address.scheme,
        user="tidemark",
        session_properties=dict(session),
    )
    try:
        yield connection.cursor()
    finally:
        connection.close()


AT_ONCE = 2
"""Statements run at the same time: planning one keeps a core busy, and memory is limited."""


def at_once(run: Callable[[One], Made], items: Iterable[One]) -> list[Made]:
    """Run statements for several items, a few at the same time; return the results in order.

    Args:
        run: runs the statements of an item; called from several threads.
        items: none of which needs another one's result.

    Raises:
        QueryError: of the first item that failed, once those under way have ended.
    """
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(run, items))


def query(url: str, text: str, session: Mapping[str, str] | None = None) -> Result:
    """Run one statement and return all its rows.

    Args:
        url: of Trino, such as ``http://127.0.0.1:8080``.
        text: the statement; a closing semicolon is left out.
        session: properties of the session, such as ``lake.expire_snapshots_min_retention``.

    Raises:
        ConflictError: another writer of the table was first.
        QueryError: Trino refused it, or does not answer.
    """
    with _cursor(url, session or {}) as cursor:
        try:
            cursor.execute(text.strip().rstrip(";"))
            rows = cursor.fetchall()
        except TrinoConnectionError as error:
            raise QueryError(
                f"Trino at {url}: expected an answer, found none; see `tidemark status`"
            ) from error
        except TrinoError as error:
            refused = ConflictError if _is_conflict(error) else QueryError
            raise refused(f"Trino at {url}: {error}") from error
        return Result([column[0] for column in cursor.description or []], rows)


def _is_conflict(error: TrinoError) -> bool:
    return isinstance(error, TrinoQueryError) and error.error_name in _CONFLICTS
