"""Read `bounds.yaml`: what is expected beyond what the dictionary of fields tells, with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from market.dictionary.schemas import Table


@dataclass(frozen=True, slots=True)
class ColumnBound:
    """A range of a column's values, ends included; None is no end."""

    least: float | None
    most: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class RowBound:
    """A condition that every row of some tables fulfils.

    Attributes:
        name: of the condition, a word.
        tables: patterns of ``layer.name``.
        holds: SQL of Trino, `${seconds}` standing for the length of the table's windows.
    """

    name: str
    tables: Sequence[str]
    holds: str
    reason: str


@dataclass(frozen=True, slots=True)
class NeverNull:
    """Columns that are never null, with patterns of tables in which they may be all the same."""

    columns: Sequence[str]
    unless: Sequence[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The values that a column may have."""

    values: Sequence[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old a symbol's newest known window may be by its market's clock, in seconds."""

    seconds: int
    reason: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """The whole file."""

    never_null: Sequence[NeverNull]
    one_of: dict[str, Choice]
    columns: dict[str, ColumnBound]
    rows: Sequence[RowBound]
    freshness: dict[str, Freshness]


@cache
def read_bounds() -> Bounds:
    """Return what `bounds.yaml` says.

    Raises:
        KeyError: an entry lacks a part, such as its reason.
    """
    content: dict[str, Any] = yaml.safe_load(
        files(__package__).joinpath("bounds.yaml").read_text(encoding="utf-8")
    )
    return Bounds(
        never_null=[
            NeverNull(one["columns"], one.get("except", ()), one["reason"])
            for one in content["never_null"]
        ],
        one_of={name: Choice(**one) for name, one in content["one_of"].items()},
        columns={
            name: ColumnBound(one.get("least"), one.get("most"), one["reason"])
            for name, one in content["columns"].items()
        },
        rows=[RowBound(**one) for one in content["rows"]],
        freshness={name: Freshness(**one) for name, one in content["freshness"].items()},
    )


def concerns(patterns: Sequence[str], table: Table) -> bool:
    """Tell whether patterns of ``layer.name`` mean a table."""
    return any(fnmatch(f"{table.layer}.{table.name}", pattern) for pattern in patterns)
