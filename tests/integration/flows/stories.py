"""What can happen to a symbol's trades, and its windows before and after a correction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from market.touched_ranges import TouchedRange
from tests.integration.flows import bronze, silver
from tests.integration.flows.silver import MARKET, Row
from verify.captures import RecordedTrade

START_MS = 1_700_006_460_000
MINUTE_MS = 60_000
LENGTH_MS = 12 * MINUTE_MS
INTERVALS = ("1s", "1m")
Trades = list[RecordedTrade]
Span = tuple[int, int]
"""Milliseconds since the start."""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one symbol's trades.

    Attributes:
        lost: spans whose trades the stream had not received.
        found: spans of those that a repair has brought since.
        late: spans whose trades came when their windows had closed.
        unknown: spans that the stream could not prove.
        anew_ms: when the exchange's ids began anew.
        ends: whether nothing is known of what came after it; else one more trade is.
        length_ms: how long it traded, in whole minutes.
        touched: what is to be corrected; everything when not given.
    """

    lost: tuple[Span, ...] = ()
    found: tuple[Span, ...] = ()
    late: tuple[Span, ...] = ()
    unknown: tuple[Span, ...] = ()
    anew_ms: int = 0
    ends: bool = False
    length_ms: int = LENGTH_MS
    touched: tuple[Span, ...] = ()


def within(trades: Trades, spans: Sequence[Span]) -> set[int]:
    """Return the ids of trades in spans."""
    return {
        trade.trade_id
        for trade in trades
        if any(first <= trade.time_ms - START_MS < end for first, end in spans)
    }


UNKNOWN = {
    "expected_trades": None, "missing_trades": None, "completeness": None, "is_final": False,
}  # fmt: skip
LENGTHS_MS = {"1s": 1_000, "1m": MINUTE_MS}


@dataclass(frozen=True, slots=True)
class Market:
    """One symbol: what the stream had when its windows closed, and what is known by now.

    Attributes:
        after: the trade that follows, if one is known; later than everything else.
    """

    story: Story
    before: Trades
    now: Trades
    found: set[int]
    after: Trades

    @property
    def symbol(self) -> str:
        return self.now[0].symbol

    def rows(self, interval: str) -> dict[int, Row]:
        """Return the windows as the stream wrote them, by start."""
        rows = _by_start(silver.candles({self.symbol: self.before}, interval))
        length_ms = LENGTHS_MS[interval]
        for first, end in self.story.unknown:
            for start in range(START_MS + first, START_MS + end, length_ms):
                start -= start % length_ms
                rows[start] = rows.get(start, self._empty(start, length_ms)) | UNKNOWN
        return rows

    def _empty(self, start_ms: int, length_ms: int) -> Row:
        """Return a window without a trade."""
        seconds = silver.candles({self.symbol: [self.now[0], self.now[-1]]}, "1s")
        empty = next(row for row in seconds if row["trade_count"] == 0)
        return empty | {"window_start": start_ms, "window_end": start_ms + length_ms}

    def corrected_rows(self, interval: str) -> dict[int, Row]:
        """Return the windows as they must become."""
        before = self.rows(interval)
        made = _by_start(silver.candles({self.symbol: self.now}, interval))
        return {start: self._corrected(row, before.get(start)) for start, row in made.items()}

    def _corrected(self, row: Row, before: Row | None) -> Row:
        inside = [t for t in self.now if row["window_start"] <= t.time_ms < row["window_end"]]
        backfilled = sum(trade.trade_id in self.found for trade in inside)
        row = row | {"backfilled_trades": backfilled} | self._unproven(row)
        if before is None or row == before:
            return row
        added = max(row["trade_count"] - before["trade_count"], 0)
        return row | {"revision": 1, "late_trades": added}

    def _unproven(self, row: Row) -> Row:
        """Return what is unknown of a window: none but a later trade of its sequence proves it."""
        spans = [(self.now[-1].time_ms, row["window_end"])] if self.story.ends else []
        if self.story.anew_ms:
            old = [t for t in self.now if t.time_ms < START_MS + self.story.anew_ms]
            spans.append((old[-1].time_ms, self.now[len(old)].time_ms))
        start, end = row["window_start"], row["window_end"]
        return UNKNOWN if any(first < end and last >= start for first, last in spans) else {}

    def ranges(self) -> list[TouchedRange]:
        spans = self.story.touched or ((0, self.story.length_ms),)
        return [TouchedRange(MARKET, self.symbol, START_MS + a, START_MS + b) for a, b in spans]


def _by_start(rows: Sequence[Row]) -> dict[int, Row]:
    return {row["window_start"]: row for row in rows}


def tell(symbol: str, story: Story) -> Market:
    longer_ms = story.length_ms + MINUTE_MS
    walked = _numbered(silver.walk(symbol, START_MS, longer_ms, "61838.1", []), story)
    everything = [t for t in walked if t.time_ms < START_MS + story.length_ms]
    lost, found = within(everything, story.lost), within(everything, story.found)
    late = within(everything, story.late)
    return Market(
        story,
        before=[t for t in everything if t.trade_id not in lost | late],
        now=[t for t in everything if t.trade_id not in lost - found],
        found=lost & found,
        after=[] if story.ends else walked[len(everything) :][:1],
    )


def _numbered(trades: Trades, story: Story) -> Trades:
    """Return trades whose ids begin anew where the story says so."""
    if not story.anew_ms:
        return trades
    old = [trade for trade in trades if trade.time_ms < START_MS + story.anew_ms]
    fresh = trades[len(old) :]
    return [*old, *(replace(trade, trade_id=number) for number, trade in enumerate(fresh))]


def bronze_rows(market: Market) -> list[Row]:
    """Return the trades as they lie in the lake, with what each said of the ids before it then."""
    rows = bronze.trades([*market.now, *market.after])
    rows[0]["missing_before"] = None
    return [
        row | {"source": "backfill"} if row["trade_id"] in market.found else row for row in rows
    ]


def with_ids(interval: str, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for one in documents:
        start = one["window_start"].strftime("%Y-%m-%dT%H:%M:%SZ")
        one["_id"] = f"{one['market']}|{one['symbol']}|{interval}|{start}"
    return documents


def without_clock(row: Row) -> Row:
    left_out = ("computed_at_ms", "_id", "market", "symbol", "window_start")
    return {name: value for name, value in row.items() if name not in left_out}
