"""Configuration with Kafka Connect's key names: declared once, checked as a whole.

Values are strings, as in Connect. A bad configuration is refused with all of its bad keys listed.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.connect.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Key:
    """One configuration key.

    Attributes:
        default: used when the key is absent; None when it is required.
        description: one sentence, with the unit.
        minimum: smallest integer; None when the value is text.
        maximum: largest integer.
        choices: allowed texts; empty for any.
    """

    name: str
    default: str | None
    description: str
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()

    def problem(self, text: str | None) -> str:
        """Return what is wrong with a value, an empty text for a good one."""
        if text is None:
            return f"{self.name} is required: {self.description}"
        if self.choices and text not in self.choices:
            return f"{self.name}: expected one of {', '.join(self.choices)}, found {text!r}"
        if self.minimum is not None and not self._is_in_range(text, self.minimum):
            limit = "" if self.maximum is None else f" and <= {self.maximum}"
            return f"{self.name}: expected an integer >= {self.minimum}{limit}, found {text!r}"
        return ""

    def _is_in_range(self, text: str, minimum: int) -> bool:
        try:
            number = int(text)
        except ValueError:
            return False
        return number >= minimum and (self.maximum is None or number <= self.maximum)


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked values of every declared key."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a value as text."""
        return self.values[name]

    def integer(self, name: str) -> int:
        """Return a value as an integer."""
        return int(self.values[name])

    def seconds(self, name: str) -> float:
        """Return the value of a key in milliseconds as seconds."""
        return int(self.values[name]) / 1000

    def names(self, name: str) -> tuple[str, ...]:
        """Return a comma-separated value as its parts, each once, in order."""
        parts = (part.strip() for part in self.values[name].split(","))
        return tuple(dict.fromkeys(part for part in parts if part))


def parse(where: str, keys: Iterable[Key], values: Mapping[str, object]) -> Settings:
    """Check values against declared keys.

    Args:
        where: the file or connector, for the error.
        keys: every key that may appear.
        values: what was given; numbers and booleans are converted to text.

    Raises:
        ConfigError: unknown keys, missing keys and bad values, all of them.
    """
    declared = {key.name: key for key in keys}
    given = {name: _as_text(value) for name, value in values.items()}
    problems = [_unknown(name, declared) for name in given if name not in declared]
    settled = {name: given.get(name, key.default) for name, key in declared.items()}
    problems += [text for name, key in declared.items() if (text := key.problem(settled[name]))]
    if problems:
        raise ConfigError(where, problems)
    return Settings({name: text for name, text in settled.items() if text is not None})


def describe(keys: Iterable[Key]) -> str:
    """Return the keys as help text."""
    return "\n".join(
        f"  {key.name} ({_default_words(key)})\n      {key.description}" for key in keys
    )


def _default_words(key: Key) -> str:
    if key.default is None:
        return "required"
    return f"default {key.default}" if key.default else "default empty"


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unknown(name: str, declared: Mapping[str, Key]) -> str:
    near = difflib.get_close_matches(name, declared, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(declared)}"
    return f"{name} is not a known key; {hint}"
