"""Our minutes against the exchange's candles: equal where complete, honest where not."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.binance.rest import Kline
from flows.reconcile.kline_comparison import FAULTS_SHOWN, MINUTE_MS, Comparison, compare

START_MS = 1_700_006_400_000


def kline(number: int = 0, trade_count: int = 3, **changed: Any) -> Kline:
    start_ms = START_MS + number * MINUTE_MS
    given: dict[str, Any] = {
        "open_time": start_ms,
        "open": "2.00000000",
        "high": "4.00000000",
        "low": "1.00000000",
        "close": "3.00000000",
        "volume": "6.00000000",
        "close_time": start_ms + MINUTE_MS - 1,
        "quote_volume": "12.12345678",
        "trade_count": trade_count,
        "taker_buy_volume": "2.00000000",
        "taker_buy_quote_volume": "5.00000000",
    }
    return Kline(**(given | changed))


def minute(number: int = 0, **changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "open_time_ms": START_MS + number * MINUTE_MS,
        "open": Decimal(2),
        "high": Decimal(4),
        "low": Decimal(1),
        "close": Decimal(3),
        "volume_base": Decimal(6),
        "volume_quote": Decimal("12.1234567812345678"),
        "taker_buy_volume_base": Decimal(2),
        "taker_buy_volume_quote": Decimal(5),
        "trade_count": 3,
        "missing_trades": 0,
    }
    return given | changed


def faults(result: Comparison) -> tuple[int, int, int]:
    return result.missing, result.surplus, result.wrong


def test_equal_minutes_are_no_fault() -> None:
    result = compare([minute(0), minute(1)], [kline(0), kline(1)])
    assert (result.expected, result.found) == (2, 2)
    assert faults(result) == (0, 0, 0)
    assert result.detail == ""


@pytest.mark.parametrize(
    "name",
    ["open", "high", "low", "close", "volume_base", "volume_quote", "taker_buy_volume_base",
     "taker_buy_volume_quote", "trade_count"],
)  # fmt: skip
def test_every_value_is_compared(name: str) -> None:
    wrong = minute()
    wrong[name] += Decimal("0.0000001") if name != "trade_count" else 1
    result = compare([wrong], [kline()])
    assert faults(result) == (0, 0, 1)
    assert result.detail == f"2023-11-15T00:00:00Z differs in {name}"


def test_a_quote_amount_may_differ_by_what_the_exchange_cut_off_each_trade() -> None:
    cut = Decimal("12.12345678") + Decimal("3e-8")
    assert faults(compare([minute(volume_quote=cut)], [kline()])) == (0, 0, 0)
    more = cut + Decimal("1e-16")
    assert faults(compare([minute(volume_quote=more)], [kline()])) == (0, 0, 1)


def test_a_minute_that_only_the_exchange_has_is_missing() -> None:
    result = compare([minute(0)], [kline(0), kline(1)])
    assert faults(result) == (1, 0, 0)
    assert result.detail == "2023-11-15T00:01:00Z missing"


def test_a_minute_in_which_the_exchange_has_no_trade_is_surplus() -> None:
    flat = kline(1, trade_count=0)
    result = compare([minute(0), minute(1), minute(2)], [kline(0), flat])
    assert faults(result) == (0, 2, 0)
    assert "2023-11-15T00:02:00Z surplus" in result.detail


def test_a_minute_that_is_there_twice_is_surplus() -> None:
    assert faults(compare([minute(), minute()], [kline()])) == (0, 1, 0)


@pytest.mark.parametrize(
    ("count", "missing", "wrong"),
    [(3, 1, 0), (2, 1, 0), (2, None, 0), (1, 1, 1), (4, 1, 1), (4, None, 1)],
)
def test_an_incomplete_minute_lacks_no_more_than_it_says(
    count: int, missing: int | None, wrong: int
) -> None:
    partial = minute(trade_count=count, missing_trades=missing, high=Decimal(3))
    result = compare([partial], [kline()])
    assert faults(result) == (0, 0, wrong)
    assert result.incomplete == 1
    assert result.detail.endswith("1 minutes say that they may lack trades")


def test_a_minute_that_only_a_gap_touches_is_no_surplus() -> None:
    marked = minute(trade_count=0, missing_trades=4)
    result = compare([marked], [kline(trade_count=0)])
    assert (faults(result), result.found) == ((0, 0, 0), 0)


def test_only_the_first_faults_are_shown() -> None:
    result = compare([], [kline(number) for number in range(FAULTS_SHOWN + 3)])
    assert result.missing == FAULTS_SHOWN + 3
    assert result.detail.count("missing") == FAULTS_SHOWN


def test_an_unknown_minute_claims_nothing_but_may_not_have_more_than_the_exchange() -> None:
    unknown = minute(0, missing_trades=None, trade_count=1, volume_base=Decimal(1))
    result = compare([unknown], [kline(0)])
    assert (faults(result), result.incomplete) == ((0, 0, 0), 1)
    empty = minute(0, missing_trades=None, trade_count=0)
    assert faults(compare([empty], [kline(0)])) == (0, 0, 0)
    assert faults(compare([unknown | {"trade_count": 4}], [kline(0)])) == (0, 0, 1)


def test_a_minute_without_a_row_in_which_the_exchange_traded_is_missing_beside_unknown_ones() -> (
    None
):
    result = compare([minute(0, missing_trades=None)], [kline(0), kline(1)])
    assert faults(result) == (1, 0, 0)
