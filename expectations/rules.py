"""The rules of a table, and the verdicts on them. Pure.

Rules are derived from a table's fields, its key and `bounds.yaml`. A rule is about one column,
about the key, or about a whole row; the latter becomes a column of its own, ``rule_<name>``, in the
view that a suite looks at. What becomes of a rule is one green verdict, or a red one for each
symbol that breaks it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from string import Template

from expectations.bounds import Bounds, ColumnBound, concerns
from market.dictionary.fields import Field, Kind
from market.dictionary.markets import MARKETS
from market.dictionary.schemas import Table
from market.dictionary.windows import INTERVAL_MS
from market.errors import TidemarkError
from stores.trino_literals import ICEBERG_DIGITS, trino_type


class Form(StrEnum):
    """What a rule asks of its columns."""

    TYPE = "type"
    NEVER_NULL = "never_null"
    RANGE = "range"
    ONE_OF = "one_of"
    UNIQUE = "unique"
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation of a table.

    Attributes:
        columns: that the rule is about.
        reason: why it must be so.
        least, most: of a range, ends included; `above` is an end that is not.
        values: of which a column must have one, or the type that it must have.
        condition: of a row, in Trino's SQL.
    """

    form: Form
    columns: tuple[str, ...]
    reason: str
    least: float | None = None
    most: float | None = None
    above: float | None = None
    values: tuple[str, ...] = ()
    condition: str = ""

    @property
    def name(self) -> str:
        """The rule in one word or two, unique in its table."""
        if self.form is Form.HOLDS:
            return self.columns[0].removeprefix(ROW_PREFIX)
        return f"{self.form.value}({', '.join(self.columns)})"

    def __str__(self) -> str:
        """Say what is expected."""
        column = ", ".join(self.columns)
        match self.form:
            case Form.TYPE:
                return f"{column} is {self.values[0]}"
            case Form.NEVER_NULL:
                return f"{column} is not null"
            case Form.UNIQUE:
                return f"no ({column}) stands twice"
            case Form.ONE_OF:
                return f"{column} is one of {', '.join(self.values)}"
            case Form.HOLDS:
                return self.condition
        if self.above is not None:
            return f"{column} > {self.above:g}"
        least = "" if self.least is None else f"{self.least:.10g} <= "
        return f"{least}{column}" + ("" if self.most is None else f" <= {self.most:.10g}")


ROW_PREFIX = "rule_"
"""Of the columns of a view that tell whether a row's condition holds."""

_NUMBERS = (Kind.LONG, Kind.INT, Kind.DOUBLE, Kind.DECIMAL)
_PRICE = "quote per base"


def rules_of(table: Table, bounds: Bounds) -> tuple[Rule, ...]:
    """Return every rule of a table: of its columns in order, of its key, of its rows."""
    return (
        *(rule for field in table.fields for rule in _column_rules(table, field, bounds)),
        *_key_rules(table),
        *_row_rules(table, bounds),
    )


def _column_rules(table: Table, field: Field, bounds: Bounds) -> Iterator[Rule]:
    columns = (field.name,)
    if field.kind is not Kind.DECIMALS:
        yield Rule(Form.TYPE, columns, "the dictionary says so", values=(_type(field),))
    reason = _never_null(table, field, bounds)
    if reason:
        yield Rule(Form.NEVER_NULL, columns, reason)
    if field.name == "market":
        yield Rule(Form.ONE_OF, columns, "no other market is followed", values=MARKETS)
    if field.name in bounds.one_of:
        choice = bounds.one_of[field.name]
        yield Rule(Form.ONE_OF, columns, choice.reason, values=tuple(choice.values))
    if field.kind in _NUMBERS:
        yield _range(field, bounds.columns.get(field.name))


def _never_null(table: Table, field: Field, bounds: Bounds) -> str:
    if field.name in table.key:
        return "it is a part of the key"
    return next(
        (
            one.reason
            for one in bounds.never_null
            if field.name in one.columns and not concerns(one.unless, table)
        ),
        "",
    )


def _range(field: Field, bound: ColumnBound | None) -> Rule:
    """Return the range of a number: prices are above zero, counts and amounts not below."""
    columns = (field.name,)
    if bound is not None:
        return Rule(Form.RANGE, columns, bound.reason, least=bound.least, most=bound.most)
    if field.unit == _PRICE:
        return Rule(Form.RANGE, columns, "a price", above=0)
    what = field.unit or "a number that counts up"
    return Rule(Form.RANGE, columns, f"{what}: never below zero", least=0)


def _key_rules(table: Table) -> Iterator[Rule]:
    if table.key:
        yield Rule(Form.UNIQUE, table.key, "a key appears once")


def _row_rules(table: Table, bounds: Bounds) -> Iterator[Rule]:
    seconds = str(INTERVAL_MS.get(table.interval, 0) // 1_000)
    for row in bounds.rows:
        if concerns(row.tables, table):
            condition = Template(row.holds).substitute(seconds=seconds)
            yield Rule(Form.HOLDS, (ROW_PREFIX + row.name,), row.reason, condition=condition)


def _type(field: Field) -> str:
    """Return a type as Great Expectations spells Trino's."""
    return trino_type(field, ICEBERG_DIGITS).upper().replace(",", ", ")


class ExpectationError(TidemarkError):
    """A rule that could not be looked at."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule of one table.

    Attributes:
        check_name: the rule's name.
        table_name: with its layer.
        symbol: whose rows break the rule; empty when none does, or when too many do to tell whose
            they are. `market` likewise.
        found_rows: that were looked at, of all symbols.
        wrong_rows: that break it.
        detail: the first of them in words; empty when green.
    """

    check_name: str
    table_name: str
    market: str
    symbol: str
    found_rows: int
    wrong_rows: int
    detail: str = ""

    @property
    def is_green(self) -> bool:
        """True when no row breaks the rule."""
        return not self.wrong_rows

    def __str__(self) -> str:
        """Say what was found where."""
        whose = f"{self.market} {self.symbol}" if self.symbol else "all symbols"
        return (
            f"{self.check_name} of {self.table_name}, {whose}: "
            f"{self.wrong_rows} of {self.found_rows} rows are wrong ({self.detail})"
        )
