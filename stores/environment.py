"""Typed access to environment variables, with one clear sentence about each that cannot be used.

Which variables there are is written in `ports` and `settings`.
"""

from collections.abc import Mapping
from pathlib import Path

from market.errors import TidemarkError


class SettingsError(TidemarkError):
    """An environment variable that cannot be used; nothing has been started."""


class Variables:
    """Typed access to environment variables.

    Args:
        environment: the variables; an empty value counts as not set.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {name: value for name, value in environment.items() if value}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str) -> str:
        """Return a variable's text."""
        return self._values.get(name, default)

    def path(self, name: str, default: Path) -> Path:
        """Return an absolute path; ``~`` is the user's home."""
        return Path(self.text(name, str(default))).expanduser().absolute()

    def number(self, name: str, default: int, *, lowest: int, highest: int) -> int:
        """Return a whole number within bounds.

        Raises:
            SettingsError: the text is not such a number.
        """
        text = self.text(name, str(default))
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise SettingsError(
                f"{name}={text!r}: expected a whole number from {lowest} to {highest}"
            )
        return int(text)

    def port(self, name: str, default: int) -> int:
        """Return a TCP port that needs no privilege."""
        return self.number(name, default, lowest=1024, highest=65535)

    def megabytes(self, name: str, default: int) -> int:
        """Return an amount of memory in MiB."""
        return self.number(name, default, lowest=64, highest=262_144)
