"""What is replayed, and what must have come of it before rows are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from market.errors import TidemarkError


class ReplayError(TidemarkError):
    """The replay could not be run; nothing is said about the rows."""


@dataclass(frozen=True, slots=True)
class BookReplay:
    """Whose books of a market are read, and the speed of their recorded stream."""

    symbols: Sequence[str]
    speed: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What is replayed, and how.

    Attributes:
        speed: the simulator's word: a factor of real time, or ``max``.
        kills: what is killed in mid-stream, in this order: ``taskmanager``, ``connector``.
        expected: rows by table that end the wait when they are there.
        books: what is read of books, by market.
        last_windows: by table of books and market, the window whose rows end the wait.
        holds_for_books: whether the market waits at the first book of each symbol until it was
            requested, so that what is known of books does not depend on how fast that is.
        faults: of the simulator, as its JSON.
        connector: further keys of the connector's configuration.
    """

    files: Sequence[Path]
    symbols: Sequence[str]
    speed: str
    expected: Mapping[str, int]
    kills: Sequence[str] = ()
    books: Mapping[str, BookReplay] = field(default_factory=dict)
    last_windows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    holds_for_books: bool = False
    faults: Sequence[str] = ()
    connector: Mapping[str, str] = field(default_factory=dict)
