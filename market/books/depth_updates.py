"""What an exchange sends about a book: diffs from its stream, snapshots from its REST interface.

Values only, checked once when they are decoded, so that applying one cannot fail half-way.
`market.books.sync` decides what follows from them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from market.books.scaled_decimals import from_e8, to_e8
from market.dictionary.fields import LEVEL_PRECISION, MAX_ID, PRICE_PRECISION, WIRE_SCALE
from market.errors import MalformedRecordError

Level = tuple[int, int]
"""Price and size of one level, both scaled by 10^8."""

WireLevels = Iterable[Sequence[str]]
"""Levels as received: pairs of decimal strings, price and size."""

PRICE_LIMIT_E8, SIZE_LIMIT_E8 = 10**PRICE_PRECISION, 10**LEVEL_PRECISION
"""No column can hold a price or a size at or above these."""


def parse_levels(levels: WireLevels) -> tuple[Level, ...]:
    """Return levels as scaled integers, in the order given.

    Raises:
        MalformedRecordError: reason ``bad_level`` or ``bad_decimal``.
    """
    try:
        parsed = tuple([(to_e8(price), to_e8(size)) for price, size in levels])
    except (TypeError, ValueError, AttributeError) as error:
        raise MalformedRecordError(
            "bad_level", f"expected pairs of price and size as text: {error}"
        ) from error
    for price, size in parsed:
        if price >= PRICE_LIMIT_E8 or size >= SIZE_LIMIT_E8:
            raise MalformedRecordError(
                "bad_level",
                f"expected a price below 10^{PRICE_PRECISION - WIRE_SCALE} and a size below "
                f"10^{LEVEL_PRECISION - WIRE_SCALE}, found {from_e8(price)} x {from_e8(size)}",
            )
    return parsed


def id_before(first_update_id: int, previous_update_id: int | None) -> int:
    """Return the update id that a diff continues.

    Args:
        first_update_id: of its first change (`U`).
        previous_update_id: of the diff before it (`pu`); None where ids are consecutive.
    """
    return first_update_id - 1 if previous_update_id is None else previous_update_id


@dataclass(frozen=True, slots=True)
class DepthDiff:
    """All levels of one book that changed between two update ids.

    Attributes:
        first_update_id: of the first change in it (`U`).
        last_update_id: of the last one (`u`); the sizes are those after it.
        previous_update_id: last id of the diff before it (`pu`); None on spot, where ids are
            consecutive and the diff before ends at `first_update_id - 1`.
        event_time_ms: the exchange's time of the last change.
        bids: new absolute sizes by price; size 0 removes the level.
    """

    first_update_id: int
    last_update_id: int
    previous_update_id: int | None
    event_time_ms: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    def __post_init__(self) -> None:
        if self.first_update_id > self.last_update_id:
            raise MalformedRecordError(
                "bad_update_id",
                f"expected first <= last, found {self.first_update_id} > {self.last_update_id}",
            )
        if self.last_update_id > MAX_ID:
            raise _too_large(self.last_update_id)

    @classmethod
    def from_wire(
        cls,
        first_update_id: int,
        last_update_id: int,
        previous_update_id: int | None,
        event_time_ms: int,
        bids: WireLevels,
        asks: WireLevels,
    ) -> Self:
        """Build a diff from levels as received.

        Raises:
            MalformedRecordError: a level or the ids are invalid.
        """
        return cls(
            first_update_id,
            last_update_id,
            previous_update_id,
            event_time_ms,
            parse_levels(bids),
            parse_levels(asks),
        )

    def continues(self, update_id: int) -> bool:
        """Return whether nothing is missing between a diff that ended at `update_id` and this."""
        before = id_before(self.first_update_id, self.previous_update_id)
        return before <= update_id if self.previous_update_id is None else before == update_id

    def continues_snapshot(self, update_id: int) -> bool:
        """Return whether nothing is missing between a snapshot at `update_id` and this diff.

        USD-M ids are sparse, and a snapshot may fall into the gap before a diff's first id.
        """
        before = id_before(self.first_update_id, self.previous_update_id)
        return min(before, self.first_update_id) <= update_id


@dataclass(frozen=True, slots=True)
class BookSnapshot:
    """The best levels of a book at one update id.

    Attributes:
        receive_time_ms: our clock.
        limit: how many levels per side were requested; a side with fewer is whole. None when
            unknown: each side then counts as cut off after its last level.
    """

    last_update_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    receive_time_ms: int
    limit: int | None = None

    @classmethod
    def from_wire(
        cls,
        last_update_id: int,
        bids: WireLevels,
        asks: WireLevels,
        receive_time_ms: int,
        limit: int | None = None,
    ) -> Self:
        """Build a snapshot from levels as received.

        Raises:
            MalformedRecordError: a level or the id is invalid.
        """
        if not 0 <= last_update_id <= MAX_ID:
            raise _too_large(last_update_id)
        return cls(last_update_id, parse_levels(bids), parse_levels(asks), receive_time_ms, limit)


def _too_large(update_id: int) -> MalformedRecordError:
    return MalformedRecordError("bad_update_id", f"expected 0 to {MAX_ID}, found {update_id}")
