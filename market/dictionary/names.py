"""Names of everything that a deployment owns, derived from one namespace.

A *namespace* lets several pipelines share one stack without meeting: every topic, database, lake
namespace, job and consumer group carries it. The empty namespace is the product's own.
"""

import re
from dataclasses import dataclass

from market.errors import UnknownNameError

LIVE_DATABASE = "live"
"""MongoDB database of current windows."""

LAYERS = ("bronze", "silver", "gold", "ops", "views")
"""Iceberg namespaces: received, windowed, rolled up, about ourselves, and views over all."""

_NAMESPACE = re.compile(r"[a-z][a-z0-9_]{0,30}")
_SYMBOL = re.compile(r"\w{1,40}")
"""Letters and digits of any script, and ``_``: 1INCHUSDT, BTCUSDT_260327, 币安人生USDT."""


def check_symbol(symbol: str) -> str:
    """Return a symbol, which may become part of a statement, an address or a name.

    Raises:
        UnknownNameError: it has another form.
    """
    if not _SYMBOL.fullmatch(symbol) or symbol != symbol.upper():
        raise UnknownNameError(
            f"symbol {symbol!r}: expected upper-case letters and digits, such as BTCUSDT"
        )
    return symbol


def record_key(market: str, symbol: str) -> str:
    """Return the key of every market record and document: ``market|symbol``."""
    return f"{market}|{symbol}"


def window_id(market: str, symbol: str, interval: str, window_start: str) -> str:
    """Return a window document's `_id`; `window_start` as ``2024-08-08T23:54:13Z``."""
    return f"{market}|{symbol}|{interval}|{window_start}"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A prefix of every name that one pipeline owns; empty for the product's own.

    Args:
        prefix: empty, or lower-case letters, digits and ``_`` starting with a letter.

    Raises:
        UnknownNameError: the prefix has another form.
    """

    prefix: str = ""

    def __post_init__(self) -> None:
        if self.prefix and not _NAMESPACE.fullmatch(self.prefix):
            raise UnknownNameError(
                f"namespace {self.prefix!r}: expected [a-z][a-z0-9_]*, at most 31 characters"
            )

    def topic(self, name: str) -> str:
        """Return a Kafka topic's full name, such as ``trades`` or ``check.trades``."""
        return f"{self.prefix}.{name}" if self.prefix else name

    def database(self) -> str:
        """Return the MongoDB database's name."""
        return f"{self.prefix}_{LIVE_DATABASE}" if self.prefix else LIVE_DATABASE

    def layer(self, name: str) -> str:
        """Return the Iceberg namespace of a layer, such as ``bronze`` or ``check_bronze``."""
        if name not in LAYERS:
            raise UnknownNameError(f"no layer is named {name!r}; known: {', '.join(LAYERS)}")
        return f"{self.prefix}_{name}" if self.prefix else name

    def staging(self, run: str) -> str:
        """Return the Iceberg namespace in which one run keeps rows for a while."""
        return f"{self.prefix}_staging_{run}" if self.prefix else f"staging_{run}"

    def job(self, name: str) -> str:
        """Return a job's full name, also its consumer group and transactional id prefix."""
        return f"{self.prefix}.{name}" if self.prefix else name
