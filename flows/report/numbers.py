"""Numbers as a person reads them; what is unknown is a dash and never a zero."""

from math import floor, log10
from typing import Any

UNKNOWN = "–"  # noqa: RUF001 (an en dash is what a column of numbers has for none)
"""What is shown for an unknown value."""

_SIX_DIGITS = 5


def price(value: Any) -> str:
    """Return a price with at least six digits and at least two decimals."""
    return UNKNOWN if value is None else f"{value:,.{price_decimals(float(value))}f}"


def price_decimals(value: float) -> int:
    """Return how many decimals a price of that size is shown with."""
    return max(2, _SIX_DIGITS - floor(log10(value))) if value > 0 else 2


def amount(value: Any) -> str:
    """Return a quantity in thousands, millions or billions, three digits."""
    if value is None:
        return UNKNOWN
    for size, unit in ((1e9, " B"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{float(value) / size:.3g}{unit}"
    return f"{float(value):.3g}"


def count(value: Any) -> str:
    """Return a whole number."""
    return UNKNOWN if value is None else f"{value:,}"


def decimals(value: Any, places: int) -> str:
    """Return a number with a sign where it is negative."""
    return UNKNOWN if value is None else f"{value:,.{places}f}".replace("-", "−")  # noqa: RUF001


def signed(value: Any, places: int) -> str:
    """Return a number with its sign."""
    return UNKNOWN if value is None else f"{value:+,.{places}f}".replace("-", "−")  # noqa: RUF001


def percent(value: Any, places: int = 2) -> str:
    """Return a share as a percentage; 100 only when it is whole."""
    if value is None:
        return UNKNOWN
    if value == 1:
        return "100"
    # What is nearly whole must not be rounded to whole.
    return f"{min(100 * float(value), 100 - 10.0**-places):.{places}f}"
