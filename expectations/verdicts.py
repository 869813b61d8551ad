"""What became of a rule: one green verdict, or a red one for each symbol that breaks it."""

from dataclasses import dataclass

from market.errors import TidemarkError


class ExpectationError(TidemarkError):
    """A rule that could not be looked at."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule of one table.

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
