"""Ask the connectors' worker what it follows, and how its tasks are.

Its REST API is the only place that knows what *should* come: the running configuration, whoever
started it. What has come cannot show what is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from connectors.exchanges import SOURCES
from flows.watch.faults import Fault
from market.dictionary.alerts import Severity
from market.errors import TidemarkError

_TIMEOUT_S = 5
_TABLES = {"trades": "candles_1m", "book_tops": "liquidity_1m"}
_FOLLOWED = {
    one.connector_class: (one.market, _TABLES[one.record_type])
    for one in SOURCES
    if one.record_type in _TABLES
}
"""Market and table of what a connector follows, by its class; others give no windows."""

COMPARISONS = "book_ticker_checks_total"
"""Metric of a task of books: how often a book was compared with the exchange's best bid and ask. A
task exposes it from the first comparison on, so its absence means zero."""

_DIFFS = "book_diffs_total"
_COMPARED_WITHIN_DIFFS = 20_000
"""After this many diffs of a task, some book has long met a quote at its own update id."""


class ConnectorsSilentError(TidemarkError):
    """The connectors' worker does not answer."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A symbol whose windows a table must get."""

    market: str
    symbol: str
    table_name: str


@dataclass(frozen=True, slots=True)
class Connectors:
    """What the connectors follow, and what is wrong with them."""

    followed: Sequence[Followed]
    faults: Sequence[Fault]


def ask(url: str) -> Connectors:
    """Return what a worker says.

    Args:
        url: of its REST, such as ``http://127.0.0.1:8083``.

    Raises:
        ConnectorsSilentError: it does not answer, or not as Connect does.
    """
    followed: list[Followed] = []
    faults: list[Fault] = []
    try:
        with requests.Session() as session:
            # A proxy that the environment names is not for the local machine.
            session.trust_env = False
            for name in _get(session, f"{url}/connectors"):
                followed += _followed(_get(session, f"{url}/connectors/{name}/tasks"))
                faults += task_faults(_get(session, f"{url}/connectors/{name}/status"))
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise ConnectorsSilentError(
            f"connectors at {url}: expected their state, found: {error!r}; "
            "see `tidemark status` and `tidemark logs connector`"
        ) from error
    return Connectors(tuple(dict.fromkeys(followed)), tuple(faults))


def _get(session: requests.Session, url: str) -> Any:
    answer = session.get(url, timeout=_TIMEOUT_S)
    answer.raise_for_status()
    return answer.json()


def _followed(tasks: Sequence[Mapping[str, Any]]) -> Iterator[Followed]:
    for task in tasks:
        config = task["config"]
        kind = config["connector.class"]
        if kind in _FOLLOWED:
            market, table_name = _FOLLOWED[kind]
            symbols = [part.strip() for part in config["symbols"].split(",")]
            yield from (Followed(market, symbol, table_name) for symbol in symbols if symbol)


def task_faults(status: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with a connector's tasks, each on its own, however well the others do.

    Args:
        status: the answer to ``/connectors/<name>/status``.
    """
    for task in status["tasks"]:
        name, metrics = f"{status['name']} task {task['id']}", task.get("metrics", {})
        if task["state"] == "FAILED":
            trace = str(task.get("trace", "")).strip().rpartition("\n")[2]
            detail = f"expected {name} to run, found it failed permanently: {trace}"
            yield Fault(f"task_runs({name})", Severity.ERROR, detail)
        elif not metrics.get(COMPARISONS) and metrics.get(_DIFFS, 0) >= _COMPARED_WITHIN_DIFFS:
            detail = (
                f"expected books of {name} to be compared with the exchange's best bid and ask, "
                f"found no comparison in {metrics[_DIFFS]} diffs"
            )
            yield Fault(f"books_compared({name})", Severity.WARNING, detail)
