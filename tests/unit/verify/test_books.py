"""The proof of books: recorded states, the pipeline's claims, and the rows that follow."""

from decimal import Decimal
from typing import Any

import pytest

from market.metrics import liquidity as reference
from verify.book_claims import Claims, read_claims
from verify.book_truth import BookState, rebuild
from verify.captures import RecordedTrade
from verify.expected import OrUnknown, Row
from verify.expected_liquidity import (
    BookHistory,
    expected_changes,
    expected_effective_spreads,
    expected_liquidity,
)

D = Decimal
SNAPSHOT = {
    "lastUpdateId": 10,
    "bids": [["99", "2"], ["98", "1"]],
    "asks": [["101", "1"], ["102", "3"]],
}


def diff(first: int, last: int, time_ms: int, bids: Any = (), asks: Any = ()) -> dict[str, Any]:
    return {"U": first, "u": last, "E": time_ms, "b": bids, "a": asks}


def states() -> list[BookState]:
    return list(
        rebuild(
            [
                SNAPSHOT,
                diff(9, 12, 1_100, [["99", "4"]]),
                diff(13, 13, 1_600, [["100", "1"]]),
                diff(14, 15, 2_300, [["100", "0"]], [["101", "0"]]),
            ]
        )
    )


def history(known: list[tuple[int, int]], losses: list[int] | None = None) -> BookHistory:
    return BookHistory(states(), Claims(1_000, 3_000, known, losses or []))


def test_states_follow_the_diffs_from_the_snapshot_on() -> None:
    tops = [(s.update_id, s.scalars["bid_price"], s.scalars["ask_price"]) for s in states()]
    e8 = 10**8
    assert tops == [(12, 99 * e8, 101 * e8), (13, 100 * e8, 101 * e8), (15, 99 * e8, 102 * e8)]
    assert states()[0].scalars["bid_size"] == 4 * e8


def test_a_gap_makes_the_book_unknown_until_the_next_snapshot() -> None:
    later = {**SNAPSHOT, "lastUpdateId": 30}
    events = [SNAPSHOT, diff(11, 11, 1), diff(20, 21, 2), diff(22, 30, 3), later, diff(31, 31, 4)]
    assert [state.update_id for state in rebuild(events)] == [11, 31]


def test_futures_chain_by_the_previous_id() -> None:
    linked = diff(400, 500, 5) | {"pu": 10, "T": 4}
    broken = diff(900, 950, 7) | {"pu": 800, "T": 6}
    (state,) = rebuild([SNAPSHOT, linked, broken])
    assert (state.update_id, state.time_ms) == (500, 4)


def test_depth_counts_the_levels_within_the_band_its_end_included() -> None:
    snapshot = {"lastUpdateId": 1, "bids": [["9990", "1"], ["9980", "1"]], "asks": [["10010", "1"]]}
    (state,) = rebuild([snapshot, diff(2, 2, 1)])
    assert state.scalars["bid_depth_quote_10_bps"] == 9990 * 10**16
    assert state.scalars["bid_depth_quote_25_bps"] == (9990 + 9980) * 10**16


def test_integer_sizes_are_sizes() -> None:
    snapshot = {"lastUpdateId": 1, "bids": [["61800.1", "12"]], "asks": [["61800.2", "7"]]}
    (state,) = rebuild([snapshot, diff(2, 2, 1)])
    assert state.scalars["bid_size"] == 12 * 10**8


def record(
    sequence: int,
    time_ms: int,
    kind: str = "top",
    reason: str | None = None,
    quote_time_ms: int | None = 0,
) -> Row:
    return {
        "symbol": "BTCUSDT",
        "book_sequence": sequence,
        "event_time_ms": time_ms,
        "kind": kind,
        "reason": reason,
        "quote_time_ms": quote_time_ms,
    }


def test_of_records_with_one_time_the_last_one_claims() -> None:
    records = [
        record(1, 1_000, "unsynced"),
        record(2, 1_200),
        record(3, 1_200, "unsynced", "gap"),
        record(4, 2_000),
        record(5, 2_400, "unsynced", "crossed"),
        record(6, 2_500),
    ]
    claims = read_claims(records, 3_000)["BTCUSDT"]
    assert claims.known == [(2_000, 2_400), (2_500, 3_000)]
    assert claims.losses_ms == [1_200, 2_400]
    assert claims.last_reported_ms == {1_200}
    assert claims.begin_ms == 1_000


def test_the_age_of_a_quote_is_unknown_only_while_a_snapshot_alone_reported_its_change() -> None:
    records = [
        record(1, 1_000, "unsynced"),
        record(2, 1_200, quote_time_ms=None),
        record(3, 1_600),
    ]
    claims = read_claims(records, 3_000)["BTCUSDT"]
    assert (claims.known, claims.undated) == ([(1_200, 3_000)], [(1_200, 1_600)])
    book = BookHistory(states(), claims)
    assert window(book, 1_000)["max_quote_age_ms"] is None
    assert window(book, 2_000)["max_quote_age_ms"] == 700


def window(book: BookHistory, start_ms: int) -> Row:
    return expected_liquidity("m", {"S": book}, 1_000)["m", "S", start_ms]


def test_a_known_second_is_what_the_reference_says() -> None:
    row = window(history([(1_100, 3_000)]), 2_000)
    steps = [(1_600, D(1)), (2_300, D(3))]
    spread = reference.time_weighted(steps, 2_000, 3_000)
    assert spread is not None
    assert row["spread_mean"] == spread.mean
    assert (row["spread_min"], row["spread_max"]) == (D("1.00000000"), D("3.00000000"))
    bps = reference.spread_bps(D(99), D(102))
    assert row["spread_bps_last"] == float(bps)
    levels = [(D(99), D(4)), (D(98), D(1))]
    asks = [(D(102), D(3))]
    assert row["obi_5_last"] == float(reference.order_book_imbalance(levels, asks, 5))
    assert row["microprice_last"] == reference.microprice(levels[0], asks[0])
    assert row["bid_depth_quote_10_bps"] == OrUnknown(D("0E-16"))
    assert (row["synced_ms"], row["completeness"], row["is_final"]) == (1_000, 1.0, True)
    assert (row["update_count"], row["max_quote_age_ms"]) == (1, 700)


def test_outside_of_the_claims_nothing_is_known() -> None:
    row = window(history([(1_250, 1_700)], [1_700]), 1_000)
    assert (row["synced_ms"], row["resyncs"], row["is_final"]) == (450, 1, False)
    assert row["spread_last"] is None
    assert row["update_count"] == 1
    assert row["max_quote_age_ms"] == 500
    unknown = window(history([(1_250, 1_700)], [1_700]), 2_000)
    assert (unknown["synced_ms"], unknown["spread_mean"], unknown["completeness"]) == (0, None, 0)


@pytest.mark.parametrize(("last_reported_ms", "reported"), [({1_600}, [12, 13]), (set(), [12])])
def test_the_change_at_the_instant_of_a_loss_counts_if_it_was_reported(
    last_reported_ms: set[int], reported: list[int]
) -> None:
    claims = Claims(1_000, 3_000, [(1_050, 1_600)], [1_600], frozenset(last_reported_ms))
    book = BookHistory(states(), claims)
    assert [key[2] for key in expected_changes("m", "S", book)] == reported
    assert window(book, 1_000)["update_count"] == len(reported)


def test_every_change_within_the_claims_must_be_reported() -> None:
    rows = expected_changes("m", "S", history([(1_200, 2_000), (2_100, 3_000)]))
    assert [key[2] for key in rows] == [13, 15]


@pytest.mark.parametrize(("time_ms", "quoted"), [(1_099, 0), (1_100, 1), (1_700, 1), (2_050, 0)])
def test_a_trade_is_quoted_by_the_book_of_its_time(time_ms: int, quoted: int) -> None:
    trade = RecordedTrade("S", 1, D(100), D(1), time_ms, buy=True)
    book = BookHistory(states(), Claims(1_000, 60_000, [(1_100, 2_000)], []))
    (row,) = expected_effective_spreads("m", {"S": book}, {"S": [trade]}, 60_000).values()
    assert row["quoted_trade_count"] == quoted
    assert (row["effective_spread_bps_mean"] is not None) == bool(quoted)
