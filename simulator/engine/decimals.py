"""Exchange numbers as integers scaled by 10^8, and back to the wire's decimal strings.

Spot always writes eight decimals; USD-M as many as the symbol has.

Sums of scaled integers are exact; a product of two of them is scaled by 10^16. Floats must not
enter here.
"""

from collections.abc import Callable

SCALE = 10**8


def to_e8(text: str) -> int:
    """Return a non-negative plain decimal string scaled by 10^8, as ``"0.01"`` -> 1000000.

    Raises:
        ValueError: the text is not a plain decimal, or has more than eight decimals.
    """
    whole, _, fraction = text.partition(".")
    if len(fraction) > 8 or not (whole and (whole + fraction).isdigit() and text.isascii()):
        raise ValueError(f"expected a decimal with at most 8 decimals, found {text!r}")
    return int(whole + fraction.ljust(8, "0"))


def from_e8(value: int) -> str:
    """Return the wire form of a number scaled by 10^8, as 1000000 -> ``"0.01000000"``."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), SCALE)
    return f"{sign}{whole}.{fraction:08d}"


def from_e16(value: int) -> str:
    """Return the wire form of a product scaled by 10^16, cut to eight decimals."""
    return from_e8(value // SCALE)


def cut(text: str, digits: int) -> str:
    """Return an eight-decimal wire form with fewer decimals; the rest is cut."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction[:digits]}" if digits else whole


def wire_form(unit_e8: int, digits: int) -> Callable[[int], bytes]:
    """Return a function that writes a count of units with a fixed number of decimals.

    Args:
        unit_e8: one unit, scaled by 10^8.
        digits: decimals on the wire.
    """
    unit, scale = unit_e8 // 10 ** (8 - digits), 10**digits
    if not digits:
        return lambda count: b"%d" % (count * unit)
    form = b"%%d.%%0%dd" % digits
    return lambda count: form % divmod(count * unit, scale)


def digits_of(text: str) -> int:
    """Return how many decimals a number on the wire has."""
    return len(text.partition(".")[2])


def places_of(unit_e8: int) -> int:
    """Return how many decimals a number scaled by 10^8 needs, as 1000000 -> 2."""
    return len(f"{unit_e8 % SCALE:08d}".rstrip("0"))
