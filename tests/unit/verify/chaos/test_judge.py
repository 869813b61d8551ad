"""The judge of the random proof finds every kind of false row, and no right one."""

import gzip
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from verify.book_truth import rebuild
from verify.captures import RecordedTrade
from verify.chaos.endings import judge_endings
from verify.chaos.judge import claims_whole, false_trust
from verify.chaos.marks import read_marks
from verify.chaos.truth import Truth, read_truth
from verify.chaos.versions import KAFKA, LAKE, MONGODB, Observed, Version
from verify.expected import Key, OrUnknown, Row

ONE = ("binance-spot", "ETHUSDT")
END_MS = 180_000
SNAPSHOT = {"lastUpdateId": 10, "bids": [["99", "2"]], "asks": [["101", "1"]]}


def trade(trade_id: int, time_ms: int, price: str = "100") -> RecordedTrade:
    return RecordedTrade(ONE[1], trade_id, Decimal(price), Decimal("0.5"), time_ms, buy=True)


TRADES = [trade(n, 1_000 * n + 500, str(100 + n % 7)) for n in range(150) if n % 10 != 7]
"""A trade in each second but every tenth one."""
DIFFS = [
    {"U": n + 10, "u": n + 10, "E": 500 * n, "b": [["99", str(n)]], "a": []} for n in range(1, 361)
]


@pytest.fixture(scope="module")
def truth() -> Truth:
    states = list(rebuild([SNAPSHOT, *DIFFS]))
    return Truth({ONE: TRADES}, {ONE: states}, {ONE: 1_200}, END_MS)


def begun(first_ms: int) -> Truth:
    """Return the truth of a symbol of which nothing was received before an instant."""
    return Truth({ONE: TRADES}, {}, {ONE: first_ms}, END_MS)


def row_of(truth: Truth, table: str, start_ms: int) -> Row:
    """Return the right row."""
    wanted = truth.expected(table, (*ONE, start_ms))
    assert wanted is not None
    values = {
        name: value.value if isinstance(value, OrUnknown) else value
        for name, value in wanted.items()
    }
    return {"revision": 0, "late_trades": 0, "is_final": True, **values}


def versions_of(
    truth: Truth, table: str, starts: Sequence[int] = (1_000, 2_000, 3_000), **changed: object
) -> list[Version]:
    """Return right rows in order; the second one with the values given."""
    made = []
    for order, start_ms in enumerate(starts):
        row = row_of(truth, table, start_ms) | (changed if order == 1 else {})
        made.append(Version((*ONE, start_ms), row, order, f"place {order}", float(order)))
    return made


def observed(
    versions: Sequence[Version], table: str = "candles_1s", store: str = KAFKA, slack: int = 0
) -> Observed:
    final: dict[Key, list[Row]] = defaultdict(list)
    for version in versions:
        final[version.key] = [version.row]
    return Observed(store, table, versions, final if store != KAFKA else {}, slack=slack)


def findings(truth: Truth, *all_observed: Observed) -> list[str]:
    return [str(one) for one in false_trust(all_observed, truth)]


TABLES = {
    "candles_1s": (1_000, 2_000, 3_000),
    "candles_1m": (0, 60_000, 120_000),
    "liquidity_1s": (1_000, 2_000, 3_000),
    "liquidity_1m": (60_000, 120_000),
    "effective_spread_1m": (0, 60_000, 120_000),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("store", [KAFKA, MONGODB, LAKE])
def test_right_rows_are_no_false_trust_in_any_store(truth: Truth, table: str, store: str) -> None:
    assert findings(truth, observed(versions_of(truth, table, TABLES[table]), table, store)) == []


WRONG = [
    ("candles_1s", {"trade_count": 0}),
    ("candles_1s", {"volume_base": Decimal("0.49999999")}),
    ("candles_1s", {"high": Decimal(1)}),
    ("candles_1s", {"close": Decimal(1)}),
    ("candles_1s", {"vwap": 1.5}),
    ("candles_1s", {"first_trade_id": 99}),
    ("candles_1s", {"taker_sell_volume_quote": None}),
    ("candles_1s", {"expected_trades": 2}),
    ("candles_1m", {"trade_count": 53}),
    ("candles_1m", {"window_end": 1}),
    ("liquidity_1s", {"spread_mean": 1.0}),
    ("liquidity_1s", {"update_count": 1}),
    ("liquidity_1s", {"mid_last": None}),
    ("liquidity_1s", {"bid_depth_quote_10_bps": Decimal(1)}),
    ("liquidity_1s", {"max_quote_age_ms": 1}),
    ("liquidity_1m", {"obi_1_last": 0.0}),
    ("effective_spread_1m", {"effective_spread_bps_mean": 0.0}),
    ("effective_spread_1m", {"trade_count": 53, "quoted_trade_count": 53}),
]


@pytest.mark.parametrize(("table", "change"), WRONG)
def test_a_row_that_claims_and_has_another_value_is_false_trust(
    truth: Truth, table: str, change: Row
) -> None:
    (found,) = findings(truth, observed(versions_of(truth, table, TABLES[table], **change), table))
    assert next(iter(change)) in found
    assert "place 1" in found


@pytest.mark.parametrize(
    "claim",
    [
        {"is_final": True, "completeness": None, "missing_trades": None},
        {"is_final": False, "completeness": 1.0, "missing_trades": None},
        {"is_final": False, "completeness": None, "missing_trades": 0},
    ],
)
def test_each_value_of_a_candle_that_says_whole_is_a_claim(truth: Truth, claim: Row) -> None:
    wrong = versions_of(truth, "candles_1s", trade_count=0, expected_trades=None, **claim)
    assert len(findings(truth, observed(wrong))) == 1


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("candles_1s", {"is_final": False, "completeness": None, "missing_trades": None}),
        ("candles_1s", {"is_final": False, "completeness": 0.5, "missing_trades": 1}),
        ("liquidity_1s", {"is_final": False, "synced_ms": 999, "resyncs": 0}),
        ("liquidity_1s", {"is_final": False, "synced_ms": 1_000, "resyncs": 1}),
        ("effective_spread_1m", {"is_final": False, "completeness": 0.5}),
    ],
)
def test_a_row_that_does_not_claim_may_have_any_value(truth: Truth, table: str, words: Row) -> None:
    assert not claims_whole(table, words)
    versions = versions_of(truth, table, TABLES[table], trade_count=0, update_count=0, **words)
    assert findings(truth, observed(versions, table)) == []


def test_a_book_that_was_synchronised_throughout_claims_to_be_whole_even_without_is_final() -> None:
    assert claims_whole("liquidity_1s", {"is_final": None, "synced_ms": 1_000, "resyncs": 0})


def test_a_version_that_was_corrected_later_was_false_nevertheless(truth: Truth) -> None:
    right = versions_of(truth, "candles_1s")
    wrong = replace(right[1], row=right[1].row | {"trade_count": 0})
    corrected = replace(right[1], row=right[1].row | {"revision": 1}, order=9)
    found = findings(truth, observed([right[0], wrong, right[2], corrected], store=MONGODB))
    assert len(found) == 1
    assert "trade_count: expected 1, found 0" in found[0]


def test_a_row_of_a_second_in_which_nothing_was_traded_is_false_trust(truth: Truth) -> None:
    key = (*ONE, 7_000)
    invented = Version(key, row_of(truth, "candles_1s", 6_000) | {"window_end": 8_000}, 5, "place")
    (found,) = findings(begun(7_100), observed([invented]))
    assert "trade_count: expected 0, found 1" in found


def test_what_is_after_the_end_of_the_truth_is_not_judged(truth: Truth) -> None:
    late = Version((*ONE, END_MS), row_of(truth, "candles_1s", 2_000), 0, "place")
    assert findings(begun(END_MS), observed([late])) == []


@pytest.mark.parametrize("store", [KAFKA, MONGODB, LAKE])
@pytest.mark.parametrize("table", ["candles_1s", "liquidity_1s"])
def test_a_window_that_never_came_although_a_later_one_did_is_false_trust(
    truth: Truth, table: str, store: str
) -> None:
    first, _, last = versions_of(truth, table)
    (found,) = findings(truth, observed([first, last], table, store))
    assert "00:00:02" in found
    assert "never came" in found


def test_a_window_that_came_after_a_later_one_was_absent_for_a_while(truth: Truth) -> None:
    first, second, third = versions_of(truth, "candles_1s")
    late = [first, replace(second, order=2), replace(third, order=1)]
    assert "came 1 later" in findings(truth, observed(late))[0]
    assert findings(truth, observed(late, store=MONGODB, slack=1)) == []
    later = [first, replace(second, order=3), replace(third, order=1)]
    assert len(findings(truth, observed(later, store=MONGODB, slack=1))) == 1


def test_windows_of_one_snapshot_are_there_together(truth: Truth) -> None:
    versions = [replace(one, order=4) for one in reversed(versions_of(truth, "candles_1s"))]
    assert findings(truth, observed(versions, store=LAKE)) == []


def test_windows_without_trades_and_before_the_first_received_one_need_no_row(
    truth: Truth,
) -> None:
    quiet = versions_of(truth, "candles_1s", (5_000, 6_000, 8_000))
    assert findings(truth, observed(quiet[1:])) != []
    assert findings(begun(6_200), observed(quiet[1:])) == []


def test_each_store_is_judged_by_its_own_windows(truth: Truth) -> None:
    all_three = versions_of(truth, "candles_1s")
    lagging = observed(all_three[:1], store=LAKE)
    assert findings(truth, observed(all_three), lagging) == []


def test_a_row_that_is_there_twice_at_the_end_is_false_trust(truth: Truth) -> None:
    one = observed(versions_of(truth, "candles_1s"), store=LAKE)
    key = (*ONE, 2_000)
    doubled = replace(one, final={**one.final, key: [*one.final[key], *one.final[key]]})
    assert "expected one row, found 2" in findings(truth, doubled)[0]


def test_a_row_that_vanished_is_false_trust(truth: Truth) -> None:
    one = observed(versions_of(truth, "candles_1s"), store=MONGODB)
    assert len(findings(truth, replace(one, vanished=[(*ONE, 2_000)]))) == 1
    assert findings(truth, replace(one, vanished=[(*ONE, 7_000)])) == []


UNKNOWN: Row = {"is_final": False, "completeness": None, "missing_trades": None}


def repairs(**row: object) -> list[Row]:
    default = {
        "market": ONE[0], "symbol": ONE[1], "from_time_ms": 2_100, "to_time_ms": 2_300,
        "state": "unrepairable", "reason": "not_there",
    }  # fmt: skip
    return [default | row]


def unresolved(truth: Truth, one: Observed, marked: Sequence[Row] = (), tops: Sequence[Row] = ()):
    marks = read_marks(marked, tops, {ONE: 500})
    return judge_endings([one], truth, marks, 4_000)


def through(truth: Truth, *changes: Row) -> Observed:
    """Return what MongoDB showed of four seconds, the third one in several versions."""
    first, second, third, fourth = versions_of(truth, "candles_1s", (0, 1_000, 2_000, 3_000))
    middle = [
        replace(third, row=third.row | change, order=10 + n, seen_s=10.0 * n)
        for n, change in enumerate(changes)
    ]
    return observed([first, second, *middle, fourth], store=MONGODB, slack=1)


def test_a_row_that_stays_unknown_without_a_mark_is_unresolved(truth: Truth) -> None:
    (text,) = unresolved(truth, through(truth, UNKNOWN)).unresolved
    assert "00:00:02" in text
    assert "completeness None" in text


def test_a_row_that_became_whole_was_repaired_and_took_its_time(truth: Truth) -> None:
    endings = unresolved(truth, through(truth, UNKNOWN, {"revision": 1}))
    assert endings.unresolved == []
    assert endings.repaired[MONGODB, "candles_1s"] == 1
    assert endings.repair_s == [10.0]


@pytest.mark.parametrize(
    ("mark", "is_marked"),
    [
        ({}, True),
        ({"state": "found", "reason": "cannot_be_known"}, True),
        ({"state": "found", "reason": ""}, False),
        ({"state": "found", "reason": "no_answer"}, False),
        ({"state": "repaired", "reason": ""}, False),
        ({"symbol": "BTCUSDT"}, False),
        ({"from_time_ms": 3_000, "to_time_ms": 3_500}, False),
        ({"from_time_ms": 100, "to_time_ms": 9_000}, True),
    ],
)
def test_only_a_repair_that_is_given_up_or_waits_with_a_reason_marks_a_row(
    truth: Truth, mark: Row, is_marked: bool
) -> None:
    endings = unresolved(truth, through(truth, UNKNOWN), repairs(**mark))
    assert bool(endings.unresolved) is not is_marked
    assert endings.marked[MONGODB, "candles_1s"] == is_marked


def test_a_window_that_has_no_row_at_all_is_unresolved(truth: Truth) -> None:
    one = through(truth, UNKNOWN)
    gone = replace(
        one,
        versions=[version for version in one.versions if version.key[2] != 2_000],
        final={key: rows for key, rows in one.final.items() if key[2] != 2_000},
    )
    assert "no row" in unresolved(truth, gone).unresolved[0]


def test_an_unknown_window_that_is_withdrawn_as_no_trade_was_made_in_it_is_whole(
    truth: Truth,
) -> None:
    known = versions_of(truth, "candles_1s", (5_000, 6_000, 8_000))
    withdrawn = Version((*ONE, 7_000), UNKNOWN, 3, "place 3", 3.0)
    one = replace(observed(known, store=MONGODB), versions=[*known, withdrawn])
    marks = read_marks((), (), {ONE: 5_000})
    assert judge_endings([one], truth, marks, 9_000).unresolved == []


def test_a_book_is_known_from_the_beginning_of_its_market(tmp_path: Path) -> None:
    lines = [
        b'1700000000000000000 {"lastUpdateId":10,"bids":[["99","2"]],"asks":[["101","1"]],'
        b'"symbol":"ETHUSDT"}',
        b'1700000009500000000 {"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate","E":9500,'
        b'"s":"ETHUSDT","U":11,"u":11,"b":[["99","1"]],"a":[]}}',
    ]
    (tmp_path / "spot_journal_1000.gz").write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    begun = read_truth(tmp_path, {}, END_MS)
    row = begun.expected("liquidity_1s", (*ONE, 3_000))
    assert row is not None
    assert (row["synced_ms"], row["update_count"], row["mid_last"]) == (1_000, 0, 100.0)


def test_the_window_of_the_first_trade_needs_no_mark(truth: Truth) -> None:
    first = versions_of(truth, "candles_1s", (0, 1_000, 2_000, 3_000))
    unknown = [replace(first[0], row=first[0].row | UNKNOWN), *first[1:]]
    assert unresolved(truth, observed(unknown, store=MONGODB)).unresolved == []


def tops(*steps: tuple[int, str, str]) -> list[Row]:
    return [
        {"market": ONE[0], "symbol": ONE[1], "book_sequence": n, "event_time_ms": time_ms,
         "kind": kind, "reason": reason or None}
        for n, (time_ms, kind, reason) in enumerate(steps)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "is_marked"),
    [
        (tops((0, "top", ""), (2_100, "unsynced", "gap"), (2_400, "top", "")), True),
        (tops((0, "top", ""), (1_100, "unsynced", "gap"), (2_400, "top", "")), True),
        (tops((0, "top", ""), (1_100, "unsynced", "gap"), (1_400, "top", "")), False),
        (tops((0, "top", ""), (1_100, "unsynced", "gap")), True),
        (tops((0, "top", "")), False),
    ],
)
def test_a_book_is_marked_while_it_is_unknown_for_a_reason(
    truth: Truth, steps: list[Row], is_marked: bool
) -> None:
    lost = {"is_final": False, "synced_ms": 700}
    versions = versions_of(truth, "liquidity_1s", (1_000, 2_000, 3_000), **lost)
    one = observed(versions, "liquidity_1s", MONGODB)
    assert bool(unresolved(truth, one, tops=steps).unresolved) is not is_marked


def test_what_is_after_the_horizon_may_wait(truth: Truth) -> None:
    one = through(truth, UNKNOWN)
    marks = read_marks([], [], {ONE: 500})
    assert judge_endings([one], truth, marks, 2_000).unresolved == []


def test_topics_keep_their_first_version(truth: Truth) -> None:
    one = replace(through(truth, UNKNOWN), store=KAFKA)
    assert unresolved(truth, one).unresolved == []
