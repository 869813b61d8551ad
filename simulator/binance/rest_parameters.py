"""Checks of REST query parameters, with the exchange's own error codes and texts."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, NoReturn

import msgspec

from simulator.engine.candles import INTERVALS_MS
from simulator.errors import ApiError

_SYMBOL = re.compile(r"(?:[^\Wa-z]|[-.]){1,20}")
_MICROSECONDS_FROM = 10**15
_Symbols = Annotated[list[str], msgspec.Meta(min_length=1)]


class Parameters:
    """The query parameters of one request.

    Args:
        values: decoded names and values.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        """Return whether a parameter was sent."""
        return name in self._values

    def required(self, name: str) -> str:
        """Return a mandatory parameter.

        Raises:
            ApiError: -1102.
        """
        value = self._values.get(name, "")
        if not value:
            raise ApiError(
                -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
            )
        return value

    def symbol(self) -> str:
        """Return the mandatory symbol.

        Raises:
            ApiError: -1102 when missing, -1100 on illegal characters such as lower case.
        """
        return _legal_symbol(self.required("symbol"), "symbol")

    def symbols(self) -> list[str] | None:
        """Return the symbols of ``symbol`` or ``symbols``, None when neither was sent.

        Raises:
            ApiError: -1128 when both were sent; -1100 when the list is malformed.
        """
        self.refuse_both("symbol", "symbols")
        if self.has("symbol"):
            return [self.symbol()]
        if not self.has("symbols"):
            return None
        try:
            names = msgspec.json.decode(self._values["symbols"], type=_Symbols)
        except msgspec.DecodeError:
            _refuse_characters("symbols", '^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}")*\\]$')
        return [_legal_symbol(name, "symbols") for name in names]

    def named_symbols(self) -> tuple[str, ...]:
        """Return the symbols that were sent, or none when they are malformed."""
        try:
            return tuple(self.symbols() or ())
        except ApiError:
            return ()

    def refuse_both(self, name: str, *others: str) -> None:
        """Refuse a parameter together with one of the others.

        Raises:
            ApiError: -1128 when both were sent.
        """
        if self.has(name) and any(self.has(other) for other in others):
            raise ApiError(-1128, "Combination of optional parameters invalid.")

    def refuse_above(self, name: str, most: int) -> None:
        """Refuse a number above `most`.

        Raises:
            ApiError: -1130 when it is above, -1100 when it is not a number.
        """
        if (self.integer(name) or 0) > most:
            _refuse_value(name)

    def one_of(self, name: str, values: Collection[str], default: str) -> str:
        """Return an optional choice out of a few.

        Raises:
            ApiError: -1130 when it is not one of them.
        """
        value = self._values.get(name, default)
        if value not in values:
            _refuse_value(name)
        return value

    def integer(self, name: str) -> int | None:
        """Return an optional non-negative number, None when it was not sent.

        Raises:
            ApiError: -1100 when it is not such a number.
        """
        if not self.has(name):
            return None
        value = self._values[name]
        if not value.isascii() or not value.isdigit() or len(value) > 19:
            _refuse_characters(name, "^[0-9]{1,19}$")
        return int(value)

    def limit(self, default: int, most: int) -> int:
        """Return ``limit``, at most `most`.

        Raises:
            ApiError: -1130 for zero, -1100 when it is not a number.
        """
        limit = self.integer("limit")
        if limit == 0:
            _refuse_value("limit")
        return default if limit is None else min(limit, most)

    def instant_ms(self, name: str) -> int | None:
        """Return an optional instant in milliseconds; microseconds are accepted too."""
        value = self.integer(name)
        return value // 1000 if value is not None and value >= _MICROSECONDS_FROM else value

    def interval_ms(self, *without: str) -> int:
        """Return the mandatory candle interval in milliseconds.

        Args:
            without: intervals that the market does not have.

        Raises:
            ApiError: -1102 when missing, -1120 when unknown.
        """
        name = self.required("interval")
        if name not in INTERVALS_MS or name in without:
            raise ApiError(-1120, "Invalid interval.")
        return INTERVALS_MS[name]


def _refuse_characters(name: str, legal: str) -> NoReturn:
    raise ApiError(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    ) from None


def _refuse_value(name: str) -> NoReturn:
    raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def _legal_symbol(symbol: str, name: str) -> str:
    if not _SYMBOL.fullmatch(symbol):
        _refuse_characters(name, "^[A-Z0-9-_.]{1,20}$")
    return symbol
