"""The exchange's decimal strings as integers scaled by 10^8, and back.

Scaled integers add and compare exactly and fast; a product of two is scaled by 10^16. Floats must
not enter here.
"""

from functools import lru_cache

from market.errors import MalformedRecordError

SCALE_DIGITS = 8
SCALE = 10**SCALE_DIGITS

WHOLE_DIGITS = 20
"""Digits before the point: what DECIMAL(28,8), the widest column of exchange numbers, holds."""

REMEMBERED_TEXTS = 1 << 16
"""Parsed texts that are cached, about 10 MB: a book's prices and sizes repeat, four of five on a
recorded spot stream."""


@lru_cache(maxsize=REMEMBERED_TEXTS)
def to_e8(text: str) -> int:
    """Return a plain non-negative decimal scaled by 10^8, as ``"0.01"`` -> 1000000.

    Raises:
        MalformedRecordError: reason ``bad_decimal``: signed, with an exponent, more than
            eight decimals, or more than twenty digits before them.
    """
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    plain = digits.isdecimal() and digits.isascii() and whole and bool(point) == bool(fraction)
    if not plain or len(fraction) > SCALE_DIGITS or len(whole) > WHOLE_DIGITS:
        raise MalformedRecordError(
            "bad_decimal",
            f"expected a plain decimal with at most {WHOLE_DIGITS} digits and "
            f"{SCALE_DIGITS} decimals, found {text!r}",
        )
    return int(digits + "00000000"[len(fraction) :])


def from_e8(number: int) -> str:
    """Return a non-negative number scaled by 10^8 as text, as 1000000 -> ``"0.01000000"``."""
    return f"{number // SCALE}.{number % SCALE:08d}"


def from_e16(number: int) -> str:
    """Return a non-negative product scaled by 10^16 as text with all sixteen decimals."""
    whole, fraction = divmod(number, SCALE * SCALE)
    return f"{whole}.{fraction:016d}"
