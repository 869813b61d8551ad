"""What is said of rows before and after a repair: each way of being wrong is found."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from verify.captures import RecordedTrade
from verify.compare import Comparison
from verify.expected import Key, Row, expected_candles, expected_trades
from verify.repair_checks import CANDLES, after, before, repeated

MARKET, SYMBOL, START_MS = "binance-spot", "BTCUSDT", 1_700_000_040_000
"""A whole minute."""
TRADES = [
    RecordedTrade(SYMBOL, n, Decimal(10 + n), Decimal(1), START_MS + 400 * n, n % 2 == 0)
    for n in range(20)
]
MISSED = (4, 5, 6)
"""Of the seconds 1 and 2; the gap reaches from 3 to 7, which are of the same seconds."""
LATE = (13, 14)
"""All trades of second 5 but one, which is of second 5 as well."""
SECOND_5: Key = (MARKET, SYMBOL, START_MS + 5_000)

Found = dict[tuple[str, str], list[tuple[Key, Row]]]


def without(*ids: int) -> dict[str, list[RecordedTrade]]:
    return {SYMBOL: [trade for trade in TRADES if trade.trade_id not in ids]}


TRUTH = {
    "trades": expected_trades(MARKET, without()),
    **{name: expected_candles(MARKET, without(), name[-2:]) for name in CANDLES},
}


def bronze(trades: Sequence[RecordedTrade]) -> list[tuple[Key, Row]]:
    rows = expected_trades(MARKET, {SYMBOL: trades})
    return [
        (key, row | {"market": key[0], "symbol": key[1], "trade_id": key[2]})
        for key, row in rows.items()
    ]


def source(rows: list[tuple[Key, Row]]) -> list[tuple[Key, Row]]:
    return [
        (key, row | {"source": "backfill" if key[2] in MISSED else "live"}) for key, row in rows
    ]


def candles(trades: dict[str, list[RecordedTrade]], name: str) -> dict[Key, Row]:
    rows = expected_candles(MARKET, trades, name[-2:])
    return {key: row | {"backfilled_trades": 0, "computed_at_ms": 1} for key, row in rows.items()}


@pytest.fixture
def disturbed() -> Found:
    """What is there before a repair: some trades are missed and reported, some late and named."""
    found: Found = {("bronze", "trades"): source(bronze(without(*MISSED)[SYMBOL]))}
    for name in CANDLES:
        windows = candles(without(*MISSED), name)
        counted = candles(without(*LATE), name)
        if name == "candles_1s":
            windows[SECOND_5] = counted[SECOND_5] | {"missing_trades": 0}
        else:
            (key,) = windows
            windows[key] = candles(without(*MISSED, *LATE), name)[key] | {"missing_trades": 3}
        for store in ("mongodb", "silver"):
            found[store, name] = list(windows.items())
    late = [((MARKET, SYMBOL, n), {"trade_id": n}) for n in LATE]
    return found | {("ops", "late_records"): late}


@pytest.fixture
def repaired(disturbed: Found) -> Found:
    """What is there after it."""
    found: Found = {("bronze", "trades"): source(bronze(TRADES))}
    fetched = [trade for trade in TRADES if trade.trade_id in MISSED]
    for name in CANDLES:
        rows = candles(without(), name)
        length_ms = 1_000 if name == "candles_1s" else 60_000
        for key, row in disturbed["silver", name]:
            added = rows[key]["trade_count"] - row["trade_count"]
            is_corrected = added > 0 or bool(row["missing_trades"])
            rows[key] |= {"revision": int(is_corrected), "late_trades": added}
        for trade in fetched:
            start_ms = trade.time_ms // length_ms * length_ms
            rows[MARKET, SYMBOL, start_ms]["backfilled_trades"] += 1
        for store in ("mongodb", "silver"):
            found[store, name] = list(rows.items())
    return found | {("ops", "late_records"): disturbed["ops", "late_records"]}


def red(comparisons: Sequence[Comparison]) -> set[tuple[str, str, str]]:
    return {(one.store, one.table, one.metric) for one in comparisons if not one.green}


def change(found: Found, store: str, name: str, **values: object) -> None:
    """Change the window of second 5, or of the minute."""
    rows = dict(found[store, name])
    key = SECOND_5 if name == "candles_1s" else next(iter(rows))
    rows[key] = rows[key] | values
    found[store, name] = list(rows.items())


def test_what_is_missed_and_reported_or_late_and_named_is_green(disturbed: Found) -> None:
    assert red(list(before(TRUTH, disturbed))) == set()


def test_a_window_that_lacks_trades_without_saying_so_is_found(disturbed: Found) -> None:
    disturbed["ops", "late_records"] = []
    assert red(list(before(TRUTH, disturbed))) == {
        (store, name, "told") for store in ("mongodb", "silver") for name in CANDLES
    }


def test_a_window_that_is_absent_and_not_named_is_found(disturbed: Found) -> None:
    disturbed["silver", "candles_1s"] = disturbed["silver", "candles_1s"][1:]
    assert red(list(before(TRUTH, disturbed))) == {("silver", "candles_1s", "told")}


def test_an_unknown_number_of_missing_trades_is_enough(disturbed: Found) -> None:
    disturbed["ops", "late_records"] = []
    for store in ("mongodb", "silver"):
        for name in CANDLES:
            change(disturbed, store, name, missing_trades=None)
    assert red(list(before(TRUTH, disturbed))) == set()


def test_a_repair_that_corrected_everything_is_green(disturbed: Found, repaired: Found) -> None:
    found = list(after(TRUTH, disturbed, repaired))
    assert red(found) == set()
    assert {one.metric for one in found} >= {"trade", "vwap", "completeness", "provenance"}


@pytest.mark.parametrize(
    ("values", "metric"),
    [
        ({"volume_base": Decimal("0.00000001")}, "volume"),
        ({"missing_trades": 2}, "completeness"),
        ({"revision": 0}, "provenance"),
        ({"revision": 2}, "provenance"),
        ({"late_trades": 1}, "provenance"),
        ({"backfilled_trades": 1}, "provenance"),
    ],
    ids=str,
)
def test_a_wrong_value_is_found(
    disturbed: Found, repaired: Found, values: dict[str, object], metric: str
) -> None:
    change(repaired, "mongodb", "candles_1s", **values)
    assert red(list(after(TRUTH, disturbed, repaired))) == {("mongodb", "candles_1s", metric)}


def test_a_revision_of_a_window_that_was_right_is_found(disturbed: Found, repaired: Found) -> None:
    rows = dict(repaired["silver", "candles_1s"])
    key = (MARKET, SYMBOL, START_MS + 7_000)
    rows[key] = rows[key] | {"revision": 1}
    repaired["silver", "candles_1s"] = list(rows.items())
    assert red(list(after(TRUTH, disturbed, repaired))) == {("silver", "candles_1s", "provenance")}


def test_a_second_repair_that_changes_anything_is_found(repaired: Found) -> None:
    assert red(list(repeated(repaired, repaired))) == set()
    again = dict(repaired)
    change(again, "silver", "candles_1m", computed_at_ms=2)
    assert red(list(repeated(repaired, again))) == {("silver", "candles_1m", "repeated")}
    again = repaired | {("bronze", "trades"): repaired["bronze", "trades"] * 2}
    assert red(list(repeated(repaired, again))) == {("bronze", "trades", "repeated")}
