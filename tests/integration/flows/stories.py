"""What can happen to a symbol's trades, and its windows before and after a correction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from market.touched_ranges import TouchedRange
from tests.integration.flows import bronze, silver
from tests.integration.flows.silver import MARKET, Row
from tidemark.verify.captures import RecordedTrade

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
        length_ms: how long it traded.
        touched: what is to be corrected; everything when not given.
    """

    lost: tuple[Span, ...] = ()
    found: tuple[Span, ...] = ()
    late: tuple[Span, ...] = ()
    length_ms: int = LENGTH_MS
    touched: tuple[Span, ...] = ()


def within(trades: Trades, spans: Sequence[Span]) -> set[int]:
    """Return the ids of trades in spans."""
    return {
        trade.trade_id
        for trade in trades
        if any(first <= trade.time_ms - START_MS < end for first, end in spans)
    }


@dataclass(frozen=True, slots=True)
class Market:
    """One symbol: what the stream had when its windows closed, and what is known by now."""

    story: Story
    before: Trades
    now: Trades
    found: set[int]

    def rows(self, interval: str) -> dict[int, Row]:
        """Return the windows as the stream wrote them, by start."""
        return _by_start(silver.candles({self.before[0].symbol: self.before}, interval))

    def corrected_rows(self, interval: str) -> dict[int, Row]:
        """Return the windows as they must become."""
        before = self.rows(interval)
        made = _by_start(silver.candles({self.now[0].symbol: self.now}, interval))
        return {start: self._corrected(row, before.get(start)) for start, row in made.items()}

    def _corrected(self, row: Row, before: Row | None) -> Row:
        inside = [t for t in self.now if row["window_start"] <= t.time_ms < row["window_end"]]
        backfilled = sum(trade.trade_id in self.found for trade in inside)
        row = row | {"backfilled_trades": backfilled}
        if before is None or row == before:
            return row
        added = max(row["trade_count"] - before["trade_count"], 0)
        return row | {"revision": 1, "late_trades": added}

    def ranges(self) -> list[TouchedRange]:
        spans = self.story.touched or ((0, self.story.length_ms),)
        symbol = self.now[0].symbol
        return [TouchedRange(MARKET, symbol, START_MS + a, START_MS + b) for a, b in spans]


def _by_start(rows: Sequence[Row]) -> dict[int, Row]:
    return {row["window_start"]: row for row in rows}


def tell(symbol: str, story: Story) -> Market:
    everything = silver.walk(symbol, START_MS, story.length_ms, "61838.1", [])
    lost, found = within(everything, story.lost), within(everything, story.found)
    late = within(everything, story.late)
    return Market(
        story,
        before=[t for t in everything if t.trade_id not in lost | late],
        now=[t for t in everything if t.trade_id not in lost - found],
        found=lost & found,
    )


def bronze_rows(market: Market) -> list[Row]:
    """Return the trades as they lie in the lake, with what each said of the ids before it then."""
    rows = bronze.trades(market.now)
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
