"""Spans of event time whose windows must be recomputed, merged and split.

Pure: the caller knows what touched a window, such as a repaired gap or a late record.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from market.dictionary.windows import INTERVAL_MS

MINUTE_MS = INTERVAL_MS["1m"]
DAY_MS = INTERVAL_MS["1d"]


@dataclass(frozen=True, order=True, slots=True)
class TouchedRange:
    """A span of one symbol's event time, from its start to before its end.

    Attributes:
        from_time_ms: epoch milliseconds, inclusive.
        to_time_ms: epoch milliseconds, exclusive.

    Raises:
        ValueError: the span is empty.
    """

    market: str
    symbol: str
    from_time_ms: int
    to_time_ms: int

    def __post_init__(self) -> None:
        if self.from_time_ms >= self.to_time_ms:
            raise ValueError(
                f"range of {self.market} {self.symbol}: expected a start before the end, found "
                f"{self.from_time_ms} .. {self.to_time_ms}"
            )

    def _continues(self, before: "TouchedRange") -> bool:
        same = (self.market, self.symbol) == (before.market, before.symbol)
        return same and self.from_time_ms <= before.to_time_ms


@dataclass(frozen=True, slots=True)
class ReadRange:
    """A range and how far around it trades must be read to know the gaps at its edges.

    Attributes:
        read_from_ms: event time of the last trade before the range; without one, its start.
        read_to_ms: event time of the first trade after the range; without one, its end.
        proven_ms: instant before which the exchange has no trade that is not stored; 0 when only
            the ids prove that.
    """

    touched: TouchedRange
    read_from_ms: int
    read_to_ms: int
    proven_ms: int = 0


def whole_minutes(ranges: Iterable[TouchedRange]) -> list[TouchedRange]:
    """Return ranges widened to whole minutes, in order; those that overlap or touch are merged."""
    joined: list[TouchedRange] = []
    for span in sorted(map(_widened, ranges)):
        if joined and span._continues(joined[-1]):
            end_ms = max(joined[-1].to_time_ms, span.to_time_ms)
            joined[-1] = replace(joined[-1], to_time_ms=end_ms)
        else:
            joined.append(span)
    return joined


def by_day(ranges: Iterable[TouchedRange]) -> Iterator[TouchedRange]:
    """Yield ranges cut at midnight, UTC."""
    for span in ranges:
        start_ms = span.from_time_ms
        while start_ms < span.to_time_ms:
            end_ms = min(start_ms - start_ms % DAY_MS + DAY_MS, span.to_time_ms)
            yield replace(span, from_time_ms=start_ms, to_time_ms=end_ms)
            start_ms = end_ms


def _widened(span: TouchedRange) -> TouchedRange:
    return replace(
        span,
        from_time_ms=span.from_time_ms - span.from_time_ms % MINUTE_MS,
        to_time_ms=span.to_time_ms + -span.to_time_ms % MINUTE_MS,
    )
