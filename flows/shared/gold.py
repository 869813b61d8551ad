"""Roll up days of `gold` with Trino: find what changed in each table, and merge it.

The statements are in `sql/flows/rollup`; what fills them is derived from
`market.dictionary.gold_tables`. A day of a symbol whose newest suites are red is not rolled up:
what is in `gold` already stays as it is. A red result that cannot be attributed to a symbol keeps
the whole day out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, cast

from prefect import get_run_logger, task
from prefect.artifacts import (
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE

from flows.shared.at_once import results_of
from market.dictionary.gold_tables import GOLD
from market.dictionary.names import Namespace, check_symbol, record_key
from market.dictionary.schemas import Table
from market.dictionary.windows import interval_ms
from sql import statement
from stores.trino import query
from stores.trino_literals import instant

if TYPE_CHECKING:
    from uuid import UUID

_PROGRESS = "Tables of each day that have been checked"
_MADE_BY_THE_MERGE = ("revision", "computed_at_ms")
_SOURCES = ("source_rows", "source_computed_at_ms")
_SOURCES_OF = {"liquidity": "liquidity_1m"}
"""The minutes that a folder's query reads, where they are not candles."""
_FROM_GOLD = ("daily_summary",)
"""Folders whose queries read other tables of `gold`."""


def steps() -> tuple[Sequence[Table], Sequence[Table]]:
    """Return the tables that can be rolled up at the same time, and then those made from them."""
    from_silver = [table for table in GOLD if folder(table) not in _FROM_GOLD]
    return from_silver, [table for table in GOLD if table not in from_silver]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rollup covers.

    Attributes:
        trino_url: of the Trino that does the work.
        namespace: prefix of the lake's namespaces.
        symbols: upper case; empty for all.
        computed_at_ms: our clock, written into rows that are made or corrected.
        withheld: keys, ``market|symbol``, whose rows are not rolled up.

    Raises:
        UnknownNameError: a symbol has another form.
    """

    trino_url: str
    namespace: Namespace
    symbols: Sequence[str]
    computed_at_ms: int
    withheld: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check the symbols, which become part of a statement."""
        for symbol in self.symbols:
            check_symbol(symbol)

    def names(self) -> dict[str, str]:
        """Return what every statement is filled with."""
        listed = ", ".join(f"'{symbol}'" for symbol in self.symbols)
        return {
            "silver": self.namespace.layer("silver"),
            "gold": self.namespace.layer("gold"),
            "symbols": f"symbol IN ({listed})" if listed else "symbol IS NOT NULL",
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a table's windows: how many were checked, made, corrected and withdrawn."""

    table: str
    looked_at: int = 0
    inserted: int = 0
    corrected: int = 0
    withdrawn: int = 0

    @property
    def unchanged(self) -> int:
        """Windows whose sources changed without changing the result."""
        return self.looked_at - self.inserted - self.corrected - self.withdrawn

    def __add__(self, other: "Outcome") -> "Outcome":
        """Return the sum of two outcomes of one table."""
        return Outcome(
            self.table,
            self.looked_at + other.looked_at,
            self.inserted + other.inserted,
            self.corrected + other.corrected,
            self.withdrawn + other.withdrawn,
        )


@dataclass(frozen=True, slots=True)
class Withheld:
    """A day of a symbol that is kept out of `gold`, with one reason; every symbol if unnamed."""

    day: date
    market: str
    symbol: str
    table_name: str
    check_name: str
    wrong_rows: int

    def __str__(self) -> str:
        """Return what is kept out, and why."""
        return (
            f"{self.day} of {self.market} {self.symbol or 'every symbol'}: {self.check_name} of "
            f"{self.table_name} is red for {self.wrong_rows} rows"
        )


@task(retries=3, retry_delay_seconds=5, cache_policy=NO_CACHE, task_run_name="{table.name} {day}")
def roll_up_table(scope: Scope, table: Table, day: date) -> Outcome:
    """Roll up one day of one table; a commit that lost to another run's is retried."""
    return roll_up_day(scope, table, day)


def roll_up(scope: Scope, days: Sequence[date], *, force: bool = False) -> list[Outcome]:
    """Roll up day after day, each table after those that it is made from.

    What a day's red suites keep out is skipped and reported, unless `force` is set.

    Returns:
        What became of each table's windows.
    """
    # Typed for asynchronous callers as well; this flow is synchronous.
    progress = cast(
        "UUID", create_progress_artifact(0.0, key="rollup-progress", description=_PROGRESS)
    )
    totals = {table.name: Outcome(table.name) for table in GOLD}
    kept_out = {} if force else {day: withheld(scope, day) for day in days}
    _report_withheld([one for day in days for one in kept_out.get(day, ())])
    for number, (day, tables) in enumerate(product(days, steps()), start=1):
        allowed = publishable(scope, kept_out.get(day, ()))
        if allowed is not None:
            submit = partial(roll_up_table.submit, allowed, day=day)
            for outcome in results_of(submit, tables):
                totals[outcome.table] += outcome
        update_progress_artifact(progress, progress=100 * number / (len(days) * len(steps())))
    if not days:
        update_progress_artifact(progress, progress=100.0)
    return list(totals.values())


def _report_withheld(kept_out: Sequence[Withheld]) -> None:
    """Show what red suites keep out of this run."""
    for one in kept_out:
        get_run_logger().warning("kept out of gold: %s", one)
    if kept_out:
        create_table_artifact(
            key="rollup-withheld",
            table=[asdict(one) | {"day": str(one.day)} for one in kept_out],
            description="Kept out of gold by red suites, until they are green or `force` is set",
        )


def withheld(scope: Scope, day: date) -> list[Withheld]:
    """Return what the newest suites of a day keep out.

    Raises:
        QueryError: Trino refused or does not answer.
    """
    names = scope.names() | day_bounds(day) | {"ops": scope.namespace.layer("ops")}
    rows = query(scope.trino_url, statement("flows/quality/red.sql", names)).rows
    return [Withheld(day, *row) for row in rows]


def publishable(scope: Scope, kept_out: Sequence[Withheld]) -> Scope | None:
    """Return what is left of a scope, or None when that is nothing."""
    if any(not one.symbol for one in kept_out):
        return None
    keys = sorted({record_key(one.market, one.symbol) for one in kept_out})
    return replace(scope, withheld=tuple(keys))


def roll_up_day(scope: Scope, table: Table, day: date) -> Outcome:
    """Roll up one day, UTC, of one table.

    Running it again changes nothing, and commits nothing.

    Raises:
        QueryError: Trino refused, or another writer was first; running it again is safe.
    """
    filled = _statement_names(scope, table, day)
    (counts,) = query(scope.trino_url, statement("flows/rollup/changes.sql", filled)).rows
    outcome = Outcome(table.name, *counts)
    if outcome.looked_at:
        query(scope.trino_url, statement("flows/rollup/merge.sql", filled))
    return outcome


def known_days(scope: Scope) -> tuple[date, date] | None:
    """Return the first and the last day that could be rolled up, or None without any."""
    text = statement("flows/rollup/bounds.sql", scope.names())
    ((first, last),) = query(scope.trino_url, text).rows
    return None if first is None else (first, last)


def days_between(start: date, end: date) -> Iterator[date]:
    """Yield the days from `start` to the one before `end`."""
    for number in range((end - start).days):
        yield start + timedelta(days=number)


def folder(table: Table) -> str:
    """Return the folder of a table's query in `sql/flows/rollup`; a metric's intervals share it."""
    return table.name.removesuffix(f"_{table.interval}")


def _statement_names(scope: Scope, table: Table, day: date) -> dict[str, str]:
    bounds = day_bounds(day)
    own = {
        "minutes": str(interval_ms(table.interval) // interval_ms("1m")),
        "source": _SOURCES_OF.get(folder(table), "candles_1m"),
        "now": f"from_unixtime({scope.computed_at_ms} / 1000)",
    }
    known = {"known": statement("flows/rollup/known.sql", scope.names() | bounds | own)}
    made = statement(
        f"flows/rollup/{folder(table)}/query.sql", scope.names() | bounds | own | known
    )
    names = (
        scope.names()
        | bounds
        | _columns(table)
        | {
            "query": made.rstrip(),
            "publishable": _publishable(scope, table),
            "chosen": _chosen(scope, table),
            "table": table.name,
            "computed_at_ms": str(scope.computed_at_ms),
        }
    )
    return names | {"compared": statement("flows/rollup/compared.sql", names).rstrip()}


def day_bounds(day: date) -> dict[str, str]:
    """Return the first instant of a day, UTC, and that of the next one, as Trino writes them."""
    return {"start": instant(day), "end": instant(day + timedelta(days=1))}


def _publishable(scope: Scope, table: Table) -> str:
    """Return the condition that none of a row's symbols is withheld."""
    if not scope.withheld:
        return "TRUE"
    keys = ", ".join("'{}'".format(key.replace("'", "''")) for key in scope.withheld)
    return _join(_symbols(table), f"market || '|' || {{0}} NOT IN ({keys})", " AND ")


def _chosen(scope: Scope, table: Table) -> str:
    """Return the condition that one of a row's symbols is chosen."""
    conditions = [scope.names()["symbols"].replace("symbol", name, 1) for name in _symbols(table)]
    return f"({' OR '.join(conditions)})"


def _symbols(table: Table) -> list[str]:
    return [name for name in table.key if name in ("symbol", "other_symbol")]


def _columns(table: Table) -> dict[str, str]:
    """Return the lists of columns that a comparison and a merge of a table need."""
    names = [field.name for field in table.fields if field.name not in _MADE_BY_THE_MERGE]
    values = [name for name in names if name not in (*table.key, *_SOURCES)]
    return {
        "columns": _join(names, '"{0}"'),
        "made_columns": _join(names, 'made."{0}"'),
        "either_columns": ",\n    ".join(
            [
                *(f'coalesce(made."{name}", kept."{name}") AS "{name}"' for name in table.key),
                *(f'made."{name}"' for name in names if name not in table.key),
            ]
        ),
        "set_values": _join([*values, *_SOURCES], '"{0}" = made."{0}"'),
        "set_sources": _join(_SOURCES, '"{0}" = made."{0}"'),
        "same_key": _join(table.key, 'kept."{0}" = made."{0}"', " AND "),
        "value_differs": _join(values, 'kept."{0}" IS DISTINCT FROM made."{0}"', " OR "),
        "source_differs": _join(_SOURCES, 'kept."{0}" IS DISTINCT FROM made."{0}"', " OR "),
    }


def _join(names: Sequence[str], form: str, between: str = ", ") -> str:
    return between.join(form.format(name) for name in names)
