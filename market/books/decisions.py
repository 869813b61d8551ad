"""The answers of a book to a diff or a snapshot; `market.books.sync` decides which one it gives.

Values only: the connector publishes the tops and reports the rest as feed events.
"""

from dataclasses import dataclass
from enum import StrEnum

from market.books.checks import Audit
from market.books.tops import BookTop


class ResyncReason(StrEnum):
    """Why a book or a buffer was discarded."""

    GAP = "gap"
    CROSSED = "crossed"
    RANGE_LOST = "range_lost"
    OVERFLOW = "overflow"
    DISCONNECTED = "disconnected"
    MISMATCH = "mismatch"
    """The exchange's own best bid and ask differ at the same update id."""
    SILENT = "silent"
    """The exchange's best bid and ask changed, and no diff came."""
    UNPROVEN = "unproven"
    """Nothing shows a loss, but what follows the last diff was not proven in time."""
    SEQUENCE_RESET = "sequence_reset"
    """Update ids restarted."""
    BAD_TIME = "bad_time"
    """The times of two consecutive diffs contradict each other."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The diff was applied.

    Attributes:
        top: None while a side has no level.
        audit: how the book compared with a snapshot that it has now reached; usually None.
    """

    top: BookTop | None
    audit: Audit | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A replay of what the book holds already, or a snapshot that is not used yet."""

    last_update_id: int


@dataclass(frozen=True, slots=True)
class Buffered:
    """The diff waits for a snapshot, with `count` diffs in all."""

    count: int


@dataclass(frozen=True, slots=True)
class Synced:
    """A snapshot was joined and the book is live.

    Attributes:
        tops: what became known by it, oldest first; after a refresh the present top only.
        audit: after a refresh, how the book compared with the snapshot; None when it could not be
            compared.
    """

    tops: tuple[BookTop, ...]
    audit: Audit | None = None


@dataclass(frozen=True, slots=True)
class Refetch:
    """The snapshot cannot be used; another one is needed."""

    detail: str


@dataclass(frozen=True, slots=True)
class Resync:
    """What was known is discarded and nothing is published until a snapshot is joined.

    Attributes:
        after_id: last update id that was known; None when none was.
        found_id: first update id of what came instead; None unless the reason is a gap.
    """

    reason: ResyncReason
    detail: str
    after_id: int | None = None
    found_id: int | None = None


Decision = Applied | Ignored | Buffered | Synced | Refetch | Resync
