"""Where a gap in a symbol's trades shows: the marker instants of the seconds that it touches.

Pure arithmetic on event times; `market.trades.sequence` decides which gap is left, and when.
"""

from collections.abc import Iterator

from market.dictionary.records import GapMarker, Trade
from market.dictionary.windows import INTERVAL_MS, window_start_ms

SECOND_MS = INTERVAL_MS["1s"]
MINUTE_MS = INTERVAL_MS["1m"]

LONG_GAP_MS = 3_600_000
"""A longer gap is marked once a minute: a day would otherwise cost 86,400 markers."""


def marker_times_ms(start_time_ms: int, end_time_ms: int) -> Iterator[int]:
    """Yield the instants at which to mark a gap between two trades, in order.

    The second of the trade before the gap comes first, then the start of every whole second
    strictly between the two trades' seconds; in a gap longer than `LONG_GAP_MS` only each minute's
    first second. The trade after the gap marks its own second.

    Args:
        start_time_ms: event time of the trade before the gap.
        end_time_ms: event time of the trade after it.
    """
    end_second_ms = window_start_ms(end_time_ms, "1s")
    if start_time_ms >= end_second_ms:
        return
    yield start_time_ms
    step_ms = MINUTE_MS if end_time_ms - start_time_ms > LONG_GAP_MS else SECOND_MS
    yield from range(start_time_ms - start_time_ms % step_ms + step_ms, end_second_ms, step_ms)


def gap_markers(start_time_ms: int, after: Trade, missing: int) -> Iterator[GapMarker]:
    """Yield the markers of a gap, to be written before the trade after it.

    Args:
        start_time_ms: event time of the trade before the gap.
        after: the trade after the gap.
        missing: number of ids that the gap lacks.
    """
    times_ms = marker_times_ms(start_time_ms, after.event_time_ms)
    for number, instant_ms in enumerate(times_ms):
        yield GapMarker(
            market=after.market,
            symbol=after.symbol,
            event_time_ms=instant_ms,
            receive_time_ms=after.receive_time_ms,
            missing=missing,
            gap_end_time_ms=after.event_time_ms,
            after_trade_id=after.trade_id - missing - 1 if number == 0 else None,
        )
