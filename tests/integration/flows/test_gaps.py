"""What is to be repaired, found in a lake that is known to the last trade."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from flows.repair.gaps import (
    Cause,
    Gap,
    Repair,
    State,
    late_not_in_bronze,
    new_gaps,
    pending_gaps,
    record,
)
from flows.shared.gold import Scope
from iceberg.migrate import drop, migrate
from stack import pipeline
from stores.iceberg import Lake
from tests.integration.flows.bronze import gaps_left, trades
from tests.integration.flows.silver import MARKET, Row, append, rows_of
from tests.support.running_stack import RunningStack
from verify.captures import RecordedTrade
from verify.proof import own_namespace

START = datetime(2023, 11, 15, tzinfo=UTC)
START_MS = int(START.timestamp()) * 1_000
NOW_MS = 1_700_100_000_123
SETTLE_S = 120
RECENT_MS = START_MS + 3_600_000
"""Receive time of the newest record; what is less than `SETTLE_S` older has not settled."""


def at(trade_id: int) -> int:
    """A trade a second; ids below 100 are before the range that is searched."""
    return START_MS + 1_000 * (trade_id - 100)


def recorded(symbol: str, *ids: int) -> list[RecordedTrade]:
    return [RecordedTrade(symbol, one, Decimal(5), Decimal(1), at(one), True) for one in ids]


def gap(symbol: str, from_id: int, to_id: int) -> Gap:
    return Gap(MARKET, symbol, Cause.GAP, from_id, to_id, at(from_id - 1), at(to_id + 1))


def late(
    symbol: str,
    trade_id: int | None,
    time_ms: int,
    received_ms: int = START_MS,
    topic: str = "trades",
) -> Row:
    return {
        "market": MARKET, "symbol": symbol, "topic": topic, "job": "candles",
        "trade_id": trade_id, "event_time": time_ms, "receive_time": received_ms,
    }  # fmt: skip


def unknown(symbol: str, first_minute: int, last_minute: int) -> Gap:
    from_ms, to_ms = (START_MS + 60_000 * one for one in (first_minute, last_minute + 1))
    return Gap(MARKET, symbol, Cause.UNKNOWN, None, None, from_ms, to_ms - 1)


def window(symbol: str, second: int, *, known: bool, computed_ms: int = START_MS) -> Row:
    return {
        "market": MARKET, "symbol": symbol, "window_start": START_MS + 1_000 * second,
        "missing_trades": 0 if known else None, "computed_at_ms": computed_ms,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gaps:
    scope: Scope
    lake: Lake

    def new(self) -> list[Gap]:
        return new_gaps(self.scope, START, SETTLE_S)


@pytest.fixture(scope="module")
def gaps(stack: RunningStack) -> Iterator[Gaps]:
    settings = own_namespace(stack.settings)
    lake = pipeline.lake(settings)
    migrate(lake)
    try:
        fill(lake)
        yield Gaps(Scope(settings.trino_url, settings.namespace, [], NOW_MS), lake)
    finally:
        drop(lake)


def fill(lake: Lake) -> None:
    edge = recorded("EDGEUSDT", 97, 98, 102, 103)
    old = recorded("OLDUSDT", 10, 14, 101, 102)
    plain = recorded("PLAINUSDT", 101, 104, 105, 110, 111)
    told = recorded("TOLDUSDT", 101, 120, 121)
    within = recorded("TOLDUSDT", 110)
    fresh = recorded("FRESHUSDT", 101, 105)
    anew = [
        RecordedTrade("ANEWUSDT", one, Decimal(5), Decimal(1), START_MS + 1_000 * second, True)
        for one, second in ((5_000, 10), (5_001, 11), (0, 20), (1, 21), (3, 23))
    ]
    rows = trades([*anew, *edge, *old, *plain, *told, *within])
    rows += [row | {"receive_time": RECENT_MS} for row in trades(fresh)]
    append(lake, "trades", rows)
    fresh_event = [row | {"receive_time": RECENT_MS - 60_000} for row in gaps_left(fresh)]
    append(lake, "feed_events", [*gaps_left(told), *gaps_left(told), *fresh_event])
    minute_ms = START_MS + 600_000
    append(
        lake,
        "late_records",
        [
            *(late("LATEUSDT", trade_id, at(trade_id)) for trade_id in (201, 202, 203, 203, 207)),
            late("LATEUSDT", 208, at(208), RECENT_MS - 60_000),
            *(
                late("BOOKUSDT", None, minute_ms + ms, topic="book_tops.binance-spot")
                for ms in (500, 59_999, 60_000)
            ),
            *(late("MARKERUSDT", None, minute_ms + ms) for ms in (0, 1_000)),
        ],
    )
    fill_windows(lake)


def fill_windows(lake: Lake) -> None:
    """Write windows of which some are unknown: in minutes 3 to 5 and 8; minute 7 is too new."""
    seconds = [window("UNKNOWNUSDT", second, known=False) for second in (200, 201, 250, 480)]
    seconds.append(window("UNKNOWNUSDT", 202, known=True))
    seconds.append(window("UNKNOWNUSDT", 420, known=False, computed_ms=RECENT_MS))
    append(lake, "candles_1s", seconds)
    minutes = [window("UNKNOWNUSDT", 60 * one, known=False) for one in (3, 4, 5)]
    append(lake, "candles_1m", [*minutes, window("UNKNOWNUSDT", 360, known=True)])


EXPECTED = [
    Gap(MARKET, "ANEWUSDT", Cause.GAP, 2, 2, START_MS + 21_000, START_MS + 23_000),
    Gap(MARKET, "BOOKUSDT", Cause.LATE_BOOKS, None, None, START_MS + 600_500, START_MS + 659_999),
    Gap(MARKET, "BOOKUSDT", Cause.LATE_BOOKS, None, None, START_MS + 660_000, START_MS + 660_000),
    gap("EDGEUSDT", 99, 101),
    Gap(MARKET, "LATEUSDT", Cause.LATE_TRADES, 201, 203, at(201), at(203)),
    Gap(MARKET, "LATEUSDT", Cause.LATE_TRADES, 207, 207, at(207), at(207)),
    Gap(
        MARKET, "MARKERUSDT", Cause.LATE_TRADES, None, None, START_MS + 600_000, START_MS + 601_000
    ),
    gap("OLDUSDT", 15, 100),
    gap("PLAINUSDT", 102, 103),
    gap("PLAINUSDT", 106, 109),
    gap("TOLDUSDT", 102, 119),
    unknown("UNKNOWNUSDT", 3, 5),
    unknown("UNKNOWNUSDT", 8, 8),
]
BOOK, LATE, UNKNOWN = EXPECTED[1], EXPECTED[4], EXPECTED[-1]


def test_missing_ids_gaps_that_were_left_and_late_records_are_gaps_once_they_have_settled(
    gaps: Gaps,
) -> None:
    assert gaps.new() == EXPECTED


def test_symbols_can_be_chosen(gaps: Gaps) -> None:
    scope = Scope(gaps.scope.trino_url, gaps.scope.namespace, ["EDGEUSDT"], NOW_MS)
    assert new_gaps(scope, START, SETTLE_S) == [gap("EDGEUSDT", 99, 101)]


def test_a_gap_that_is_written_is_pending_until_it_is_dealt_with_and_never_found_again(
    gaps: Gaps,
) -> None:
    assert pending_gaps(gaps.scope) == []
    record(gaps.scope, [Repair(gap, State.FOUND) for gap in EXPECTED])
    assert gaps.new() == []
    assert pending_gaps(gaps.scope) == EXPECTED
    part, rest = EXPECTED[:4], EXPECTED[4:]
    record(gaps.scope, [Repair(one, State.REPAIRED, fetched_trades=7) for one in part])
    reason = Repair(rest[0], State.UNREPAIRABLE, "not_given", "the exchange's answer: none")
    record(gaps.scope, [reason])
    assert pending_gaps(gaps.scope) == rest[1:]
    assert gaps.new() == []
    rows = list(rows_of(gaps.lake, "repairs").values())
    assert len(rows) == len(EXPECTED)
    (row,) = [row for row in rows if row["state"] == State.UNREPAIRABLE]
    assert (row["reason"], row["detail"]) == ("not_given", "the exchange's answer: none")
    assert {row["fetched_trades"] for row in rows} == {0, 7}
    assert {row["found_at"] for row in rows} == {row["changed_at"] for row in rows} == {NOW_MS}


def test_what_is_not_due_does_not_wait_and_what_was_marked_waits_for_a_run_that_looks_again(
    gaps: Gaps,
) -> None:
    (marked, later, *due) = EXPECTED[4:]
    record(gaps.scope, [Repair(later, State.FOUND, looks=2, next_look_at_ms=NOW_MS + 1)])
    assert pending_gaps(gaps.scope) == due
    assert pending_gaps(gaps.scope, look_again=True) == [marked, *due]
    then = Scope(gaps.scope.trino_url, gaps.scope.namespace, [], NOW_MS + 1)
    (again, *_) = pending_gaps(then)
    assert (again, again.looks, again.found_at_ms) == (later, 2, NOW_MS)
    assert (again.is_attempted, pending_gaps(then)[1].is_attempted) == (False, False)
    record(then, [Repair(later, State.FOUND)])
    assert pending_gaps(then)[0].is_attempted


def test_windows_that_are_unknown_are_a_gap_until_they_are_known_or_marked(gaps: Gaps) -> None:
    record(gaps.scope, [Repair(UNKNOWN, State.REPAIRED)])
    assert gaps.new() == [UNKNOWN]
    record(gaps.scope, [Repair(UNKNOWN, State.UNREPAIRABLE, "nothing_before")])
    assert gaps.new() == []
    append(gaps.lake, "candles_1m", [window("UNKNOWNUSDT", 60 * 9, known=False)])
    assert gaps.new() == [unknown("UNKNOWNUSDT", 9, 9)]
    record(gaps.scope, [Repair(unknown("UNKNOWNUSDT", 9, 9), State.FOUND)])


def test_a_part_of_a_gap_that_cannot_be_repaired_is_not_asked_for_again(gaps: Gaps) -> None:
    append(gaps.lake, "trades", trades(recorded("PLAINUSDT", 107)))
    assert gaps.new() == []
    append(gaps.lake, "trades", trades(recorded("PLAINUSDT", 115)))
    assert gaps.new() == [gap("PLAINUSDT", 112, 114)]


def test_a_record_of_a_book_that_came_after_its_minute_was_repaired_is_a_gap_again(
    gaps: Gaps,
) -> None:
    def new() -> list[Gap]:
        return [gap for gap in gaps.new() if gap.symbol == first.symbol]

    first = BOOK
    inside_ms = first.from_time_ms + 10_000
    topic = "book_tops.binance-spot"
    after = late("BOOKUSDT", None, inside_ms, NOW_MS + 1_000, topic)
    newest = late("NEWUSDT", 1, at(1), NOW_MS + 1_000 * SETTLE_S + 2_000)
    append(gaps.lake, "late_records", [after, newest])
    assert new() == [first]
    again = Scope(gaps.scope.trino_url, gaps.scope.namespace, [], NOW_MS + 1_500)
    record(again, [Repair(first, State.REPAIRED)])
    assert new() == []


def test_late_records_are_counted_until_bronze_has_them_and_markers_never_are(
    gaps: Gaps,
) -> None:
    book, marker = EXPECTED[2], EXPECTED[6]
    missing = [late_not_in_bronze(gaps.scope, one) for one in (LATE, marker, book)]
    assert missing == [3, 0, 1]
    append(gaps.lake, "trades", trades(recorded("LATEUSDT", 201, 203)))
    assert late_not_in_bronze(gaps.scope, LATE) == 1


def test_a_marker_that_came_after_its_trade_was_dealt_with_is_a_gap_again(gaps: Gaps) -> None:
    marker = late("LATEUSDT", 202, at(202), NOW_MS + 1_000)
    append(gaps.lake, "late_records", [marker])
    found = [gap for gap in gaps.new() if gap.from_id == 201]
    assert found == [LATE]
    record(
        Scope(gaps.scope.trino_url, gaps.scope.namespace, [], NOW_MS + 2_000),
        [Repair(LATE, State.REPAIRED)],
    )
    assert not [gap for gap in gaps.new() if gap.from_id == 201]
