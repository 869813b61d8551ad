"""The reference definitions, on numbers that can be checked by hand."""

import math
from decimal import Decimal

import pytest

from market.metrics.returns import (
    Close,
    Return,
    correlation,
    log_return,
    log_returns,
    realised_volatility,
)
from market.metrics.trades import candle, trade_imbalance, volume_quote, vwap
from tests.support.trades import START_MS
from tests.unit.market.dictionary.test_records import make_trade


def close(second: int, price: str, first_id: int, last_id: int) -> Close:
    return Close(second * 1_000, Decimal(price), first_id, last_id)


def decimals(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


def test_a_return_is_the_logarithm_of_the_quotient_to_fifteen_decimals() -> None:
    assert log_return(Decimal(110), Decimal(100)) == Decimal("0.095310179804325")
    assert log_return(Decimal(100), Decimal(110)) == Decimal("-0.095310179804325")
    assert log_return(Decimal(100), Decimal(100)) == 0


def test_the_first_close_has_no_return() -> None:
    assert list(log_returns([close(3, "100", 1, 4)])) == [Return(3_000, None, None)]
    assert list(log_returns([])) == []


def test_a_return_belongs_to_the_later_of_two_consecutive_closes() -> None:
    _, second = log_returns([close(3, "100", 1, 4), close(4, "110", 5, 5)])
    assert second == Return(4_000, 3_000, Decimal("0.095310179804325"))


def test_silence_between_two_closes_breaks_no_return() -> None:
    _, later = log_returns([close(3, "100", 1, 4), close(60, "110", 5, 5)])
    assert later.value == Decimal("0.095310179804325")


def test_no_return_spans_missing_trades() -> None:
    _, over_gap, after = log_returns(
        [close(3, "100", 1, 4), close(4, "110", 6, 7), close(5, "110", 8, 8)]
    )
    assert over_gap == Return(4_000, 3_000, None)
    assert after.value == 0


def test_volatility_is_the_root_of_summed_squares() -> None:
    assert realised_volatility(decimals("0.03", "-0.04")) == pytest.approx(0.05, rel=1e-15)
    assert realised_volatility(decimals("0")) == 0
    assert realised_volatility([]) is None


def test_variances_of_parts_add_up_to_that_of_the_whole() -> None:
    parts = [decimals("0.001", "-0.002"), decimals("0.0005")]
    whole = realised_volatility([value for part in parts for value in part])
    squares = [realised_volatility(part) or 0 for part in parts]
    assert whole == pytest.approx(math.hypot(*squares), rel=1e-14)


def test_equal_returns_correlate_by_one_and_opposite_returns_by_minus_one() -> None:
    x = decimals("0.01", "-0.02", "0.03")
    assert correlation([(value, 2 * value) for value in x]) == pytest.approx(1, abs=1e-15)
    assert correlation([(value, -value) for value in x]) == pytest.approx(-1, abs=1e-15)


def test_correlation_does_not_depend_on_the_order_of_its_pairs() -> None:
    pairs = list(zip(decimals("0.01", "-0.02", "0.03"), decimals("0.02", "0.01", "0"), strict=True))
    assert correlation(pairs) == correlation(pairs[::-1])
    assert correlation(pairs) == pytest.approx(-3 / math.sqrt(57), rel=1e-14)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_price_that_did_not_move_has_no_correlation(count: int) -> None:
    assert correlation([(Decimal(0), Decimal(count))] * count) is None


def test_vwap_weights_prices_by_quantity() -> None:
    trades = [make_trade(price="100", quantity="1"), make_trade(price="200", quantity="3")]
    assert vwap(trades) == 175.0


def test_sums_are_exact_to_the_last_decimal() -> None:
    trade = make_trade(price="9999999999.99999999", quantity="99999999999.99999999")
    assert volume_quote([trade]) == Decimal("999999999999999998900.0000000000000001")


def test_a_candle_is_ordered_by_time_and_then_by_id() -> None:
    trades = [
        make_trade(trade_id=3, price="3", event_time_ms=START_MS + 20),
        make_trade(trade_id=2, price="2", event_time_ms=START_MS + 10),
        make_trade(trade_id=1, price="1", event_time_ms=START_MS + 10),
        make_trade(trade_id=4, price="4", event_time_ms=START_MS + 15),
    ]
    found = candle(trades)
    assert (found.open, found.close) == (Decimal(1), Decimal(3))
    assert (found.high, found.low) == (Decimal(4), Decimal(1))
    assert found.trade_count == 4


def test_trade_imbalance_is_one_when_every_taker_bought() -> None:
    assert trade_imbalance([make_trade(taker_side="buy")]) == 1.0
    assert trade_imbalance([make_trade(taker_side="sell")]) == -1.0


@pytest.mark.parametrize("metric", [vwap, trade_imbalance, candle])
def test_a_window_without_trades_has_no_value(metric: object) -> None:
    with pytest.raises(ValueError, match="found none"):
        metric([])  # type: ignore[operator]
