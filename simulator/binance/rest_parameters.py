"""Checks of REST query parameters, with the exchange's own error codes and texts."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated

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
            raise _mandatory(name)
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
        if self.has("symbol") and self.has("symbols"):
            raise ApiError(-1128, "Combination of optional parameters invalid.")
        if self.has("symbol"):
            return [self.symbol()]
        if not self.has("symbols"):
            return None
        try:
            names = msgspec.json.decode(self._values["symbols"], type=_Symbols)
        except msgspec.DecodeError:
            raise _illegal(
                "symbols", '^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}")*\\]$'
            ) from None
        return [_legal_symbol(name, "symbols") for name in names]

    def named_symbols(self) -> tuple[str, ...]:
        """Return the symbols that were sent, or none when they are malformed."""
        try:
            return tuple(self.symbols() or ())
        except ApiError:
            return ()

    def one_of(self, name: str, values: Collection[str], default: str) -> str:
        """Return an optional choice out of a few.

        Raises:
            ApiError: -1130 when it is not one of them.
        """
        value = self._values.get(name, default)
        if value not in values:
            raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")
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
            raise _illegal(name, "^[0-9]{1,19}$")
        return int(value)

    def limit(self, default: int, most: int) -> int:
        """Return ``limit``, at most `most`.

        Raises:
            ApiError: -1130 for zero, -1100 when it is not a number.
        """
        limit = self.integer("limit")
        if limit == 0:
            raise ApiError(-1130, "Data sent for parameter 'limit' is not valid.")
        return default if limit is None else min(limit, most)

    def instant_ms(self, name: str) -> int | None:
        """Return an optional instant in milliseconds; microseconds are accepted too."""
        value = self.integer(name)
        return value // 1000 if value is not None and value >= _MICROSECONDS_FROM else value

    def interval_ms(self) -> int:
        """Return the mandatory candle interval in milliseconds.

        Raises:
            ApiError: -1102 when missing, -1120 when unknown.
        """
        name = self.required("interval")
        if name not in INTERVALS_MS:
            raise ApiError(-1120, "Invalid interval.")
        return INTERVALS_MS[name]


def _mandatory(name: str) -> ApiError:
    return ApiError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def _illegal(name: str, legal: str) -> ApiError:
    return ApiError(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def _legal_symbol(symbol: str, name: str) -> str:
    if not _SYMBOL.fullmatch(symbol):
        raise _illegal(name, "^[A-Z0-9-_.]{1,20}$")
    return symbol
