"""What an observer has read: versions of rows, in the order in which each store showed them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.expected import INTERVALS_MS, Key, Row

TABLES = ("candles_1s", "candles_1m", "liquidity_1s", "liquidity_1m", "effective_spread_1m")
"""Every table of windows that jobs write."""
KAFKA, MONGODB, LAKE = "kafka", "mongodb", "silver"
CORRECTED = (MONGODB, LAKE)
"""Stores that a repair corrects; a topic keeps its first results."""


def length_ms_of(table: str) -> int:
    """Return the length of a table's windows."""
    return INTERVALS_MS[table.rpartition("_")[2]]


@dataclass(frozen=True, slots=True)
class Version:
    """A row as it was visible.

    Attributes:
        key: market, symbol, window's start in epoch milliseconds.
        order: when it became visible, by the store's own count: its number in a topic's partition,
            the reading of MongoDB that showed it first, the snapshot of the lake.
        place: the same in words.
        seen_s: monotonic seconds of the first reading; 0 of what was read afterwards.
    """

    key: Key
    row: Row
    order: int
    place: str
    seen_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Observed:
    """All that was ever visible of a table in a store.

    Attributes:
        slack: by how many orders a window may follow a later one: a reading that is not a snapshot
            can miss a window.
        final: the rows at the end, by key, copies included.
        vanished: keys that were there and then were gone.
    """

    store: str
    table: str
    versions: Sequence[Version]
    final: Mapping[Key, Sequence[Row]]
    slack: int = 0
    vanished: Sequence[Key] = ()
