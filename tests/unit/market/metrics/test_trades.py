"""The reference definitions, by hand-made windows."""

from decimal import Decimal

import pytest

from market.metrics.trades import candle, trade_imbalance, volume_quote, vwap
from tests.support.trades import START_MS
from tests.unit.market.dictionary.test_records import make_trade


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
