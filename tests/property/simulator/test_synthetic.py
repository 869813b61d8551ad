"""The synthetic market's promises, for any seed."""

import json
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.candles import INTERVALS_MS
from simulator.engine.exchange import Exchange
from simulator.synthetic.feed import SyntheticFeed

SYMBOLS = ("BTCUSDT", "DOGEUSDT")
START_MS = 1_791_381_600_000
seeds = st.integers(0, 2**32)


def _frames(seed, count=3000):
    return list(islice(SyntheticFeed(SYMBOLS, seed, START_MS).frames(), count))


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_the_same_seed_gives_the_same_frames(seed):
    assert _frames(seed, 500) == _frames(seed, 500)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_trade_ids_are_consecutive_and_times_do_not_go_back(seed):
    for symbol in SYMBOLS:
        trades = [each.trade for each in _frames(seed) if each.trade and each.symbol == symbol]
        ids = [trade.trade_id for trade in trades]
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        times = [trade.time_ms for trade in trades]
        assert times == sorted(times)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_prices_and_sizes_stay_on_the_symbols_grid(seed):
    rules = {rule.symbol: rule for rule in SyntheticFeed(SYMBOLS, seed, START_MS).rules}
    for frame in _frames(seed):
        if frame.trade is not None:
            assert frame.trade.price_e8 % rules[frame.symbol].tick_e8 == 0
            assert frame.trade.quantity_e8 % rules[frame.symbol].step_e8 == 0
            assert frame.trade.price_e8 > 0 < frame.trade.quantity_e8


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_closed_streamed_candles_and_aggregates_equal_those_of_rest(seed):
    frames = _frames(seed)
    exchange = Exchange(SyntheticFeed(SYMBOLS, seed, START_MS).rules, None)
    for frame in frames:
        exchange.record(frame)
    for frame in frames:
        event = json.loads(frame.payload)
        history = exchange.history(frame.symbol)
        if frame.stream.endswith("@aggTrade"):
            (row,) = history.aggregates_from(event["a"], 1)
            assert row.rest_row(1).items() <= event.items()
        elif "kline" in frame.stream and event["k"]["x"]:
            bar, interval_ms = event["k"], INTERVALS_MS[event["k"]["i"]]
            (candle,) = history.candles(interval_ms, bar["t"], bar["t"] + 1)
            streamed = [bar[key] for key in ("t", *"ohlcv", "T", *"qnVQB")]
            assert candle.rest_row(interval_ms, 1) == streamed
