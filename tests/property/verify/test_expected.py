"""The recomputation of `verify` and the domain's own definitions were written apart; they agree."""

from decimal import Decimal, localcontext
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from market.dictionary.records import Trade
from market.dictionary.windows import window_start_ms
from market.metrics.trades import candle
from verify.captures import RecordedTrade
from verify.expected import expected_candles

MARKET = "binance-spot"


@st.composite
def recorded(draw: st.DrawFn) -> list[RecordedTrade]:
    """Trades of one symbol: consecutive ids with gaps, times that never go back."""
    trade_id, time_ms, trades = 100, 1_700_000_000_000, []
    for _ in range(draw(st.integers(1, 30))):
        trade_id += draw(st.sampled_from([1, 1, 1, 4]))
        time_ms += draw(st.sampled_from([0, 3, 400, 2_000, 70_000]))
        trades.append(
            RecordedTrade(
                symbol="BTCUSDT",
                trade_id=trade_id,
                price=Decimal(draw(st.integers(1, 10**14))).scaleb(-8),
                quantity=Decimal(draw(st.integers(1, 10**14))).scaleb(-8),
                time_ms=time_ms,
                buy=draw(st.booleans()),
            )
        )
    return trades


def as_trade(trade: RecordedTrade) -> Trade:
    side = "buy" if trade.buy else "sell"
    price, quantity = format(trade.price, "f"), format(trade.quantity, "f")
    return Trade(
        MARKET, trade.symbol, trade.trade_id, price, quantity, side, trade.time_ms, 1, "live"
    )


@given(recorded(), st.sampled_from(["1s", "1m"]))
def test_both_computations_of_a_window_agree(trades: list[RecordedTrade], interval: str) -> None:
    windows: dict[int, list[Trade]] = {}
    for trade in trades:
        start = window_start_ms(trade.time_ms, interval)
        windows.setdefault(start, []).append(as_trade(trade))
    rows = expected_candles(MARKET, {"BTCUSDT": trades}, interval)
    with_trades = {key[2] for key, row in rows.items() if row["trade_count"]}
    assert with_trades == set(windows)
    for start, members in windows.items():
        wanted, row = candle(members), rows[(MARKET, "BTCUSDT", start)]
        for name in ("open", "high", "low", "close", "volume_base", "volume_quote", "vwap"):
            assert row[name] == getattr(wanted, name), name
        assert row["trade_imbalance"] == wanted.trade_imbalance
        assert row["taker_buy_volume_quote"] == wanted.taker_buy_volume_quote


@given(recorded())
def test_no_window_that_a_gap_touches_claims_to_be_complete(trades: list[RecordedTrade]) -> None:
    rows = expected_candles(MARKET, {"BTCUSDT": trades}, "1s")
    for before, after in pairwise(trades):
        if after.trade_id == before.trade_id + 1:
            continue
        for time_ms in (before.time_ms, after.time_ms):
            row = rows[(MARKET, "BTCUSDT", window_start_ms(time_ms, "1s"))]
            assert not row["is_final"]
            assert row["missing_trades"] is None or row["missing_trades"] >= 3


@given(recorded())
def test_a_minute_is_the_sum_of_its_seconds(trades: list[RecordedTrade]) -> None:
    seconds = expected_candles(MARKET, {"BTCUSDT": trades}, "1s")
    minutes = expected_candles(MARKET, {"BTCUSDT": trades}, "1m")
    for (market, symbol, start), minute in minutes.items():
        inside = [
            row
            for key, row in seconds.items()
            if key[:2] == (market, symbol) and window_start_ms(key[2], "1m") == start
        ]
        for name in ("trade_count", "volume_base", "volume_quote", "taker_sell_volume_base"):
            # The default context has 28 digits, fewer than an exact sum may need.
            with localcontext(prec=76):
                assert minute[name] == sum(row[name] for row in inside)
