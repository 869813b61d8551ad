"""The market's promises: REST tells what happened, for any trades; frames, for any seed."""

import json
from decimal import Decimal
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.candles import INTERVALS_MS
from simulator.engine.decimals import from_e8, to_e8
from simulator.engine.exchange import Exchange
from simulator.engine.history import SymbolHistory
from simulator.synthetic.feed import SyntheticFeed
from tests.support.simulated_exchange import START_MS, trade

DAY_MS = INTERVALS_MS["1d"]

SYMBOLS = ("BTCUSDT", "DOGEUSDT")
NOON_MS = 1_791_381_600_000
seeds = st.integers(0, 2**32)


@st.composite
def trades(draw):
    """Trades with increasing ids, some missing, and match times that do not go back."""
    steps = draw(
        st.lists(
            st.tuples(
                st.integers(1, 3),
                st.sampled_from((0, 0, 1, 400, 61_000, 3_600_000)),
                st.integers(1, 3),
                st.integers(1, 10**10),
                st.booleans(),
            ),
            min_size=1,
            max_size=60,
        )
    )
    made, trade_id, time_ms = [], 1, START_MS
    for gap, wait_ms, price, quantity, sold in steps:
        trade_id, time_ms = trade_id + gap, time_ms + wait_ms
        made.append(trade(trade_id, time_ms, price * 10**8, quantity, buyer_is_maker=sold))
    return made


def _history(made):
    history = SymbolHistory(None)
    for each in made:
        history.add(each)
    return history


@given(made=trades(), interval=st.sampled_from(list(INTERVALS_MS)))
def test_candles_of_any_interval_are_the_sums_of_their_trades(made, interval):
    interval_ms = INTERVALS_MS[interval]
    start_ms = START_MS - START_MS % interval_ms
    for candle in _history(made).candles(interval_ms, start_ms, made[-1].time_ms + 1):
        inside = [
            each
            for each in made
            if candle.open_time_ms <= each.time_ms < candle.open_time_ms + interval_ms
        ]
        assert candle.count == len(inside)
        if inside:
            prices = [each.price_e8 for each in inside]
            assert (candle.open_e8, candle.close_e8) == (prices[0], prices[-1])
            assert (candle.high_e8, candle.low_e8) == (max(prices), min(prices))
            assert candle.volume_e8 == sum(each.quantity_e8 for each in inside)
            assert candle.quote_e16 == sum(each.quote_e16 for each in inside)
            assert (candle.first_id, candle.last_id) == (inside[0].trade_id, inside[-1].trade_id)


@given(made=trades(), interval=st.sampled_from(list(INTERVALS_MS)))
def test_no_trade_is_outside_the_candles_and_they_leave_no_gap(made, interval):
    interval_ms = INTERVALS_MS[interval]
    start_ms = START_MS - START_MS % interval_ms
    candles = list(_history(made).candles(interval_ms, start_ms, made[-1].time_ms + 1))
    assert sum(candle.count for candle in candles) == len(made)
    opens = [candle.open_time_ms for candle in candles]
    assert opens == list(range(opens[0], opens[0] + interval_ms * len(opens), interval_ms))


@given(made=trades(), limit=st.integers(1, 7))
def test_paging_by_id_gives_every_trade_once(made, limit):
    history, seen, from_id = _history(made), [], 0
    while page := history.trades_from(from_id, limit):
        seen += page
        from_id = page[-1].trade_id + 1
    assert seen == made


@given(made=trades(), limit=st.integers(1, 7))
def test_aggregates_cover_every_trade_once_in_order(made, limit):
    history, rows, from_id = _history(made), [], 1
    while page := history.aggregates_from(from_id, limit):
        rows += page
        from_id = page[-1].aggregate_id + 1
    assert [row.aggregate_id for row in rows] == list(range(1, len(rows) + 1))
    ids = [each for row in rows for each in range(row.first_id, row.last_id + 1)]
    assert ids == [each.trade_id for each in made]
    assert sum(row.quantity_e8 for row in rows) == sum(each.quantity_e8 for each in made)


@given(made=trades(), limit=st.integers(1, 20))
def test_a_bounded_history_agrees_with_the_whole_one_where_it_remembers(made, limit):
    whole, bounded = _history(made), SymbolHistory(limit)
    for each in made:
        bounded.add(each)
    kept = bounded.latest_trades(1000)
    assert kept == whole.latest_trades(len(kept))
    assert len(kept) >= min(limit, len(made))
    everything = (0, made[-1].time_ms + 1)
    assert list(bounded.candles(60_000, *everything)) == list(whole.candles(60_000, *everything))


@given(st.decimals(0, 10**10, places=8))
def test_wire_numbers_survive_the_round_trip(number):
    assert Decimal(from_e8(to_e8(f"{number:.8f}"))) == number


def _frames(seed, count=3000):
    return list(islice(SyntheticFeed(SYMBOLS, seed, NOON_MS).frames(), count))


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
    rules = {rule.symbol: rule for rule in SyntheticFeed(SYMBOLS, seed, NOON_MS).rules}
    for frame in _frames(seed):
        if frame.trade is not None:
            assert frame.trade.price_e8 % rules[frame.symbol].tick_e8 == 0
            assert frame.trade.quantity_e8 % rules[frame.symbol].step_e8 == 0
            assert frame.trade.price_e8 > 0 < frame.trade.quantity_e8


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_closed_streamed_candles_and_aggregates_equal_those_of_rest(seed):
    frames = _frames(seed)
    exchange = Exchange(SyntheticFeed(SYMBOLS, seed, NOON_MS).rules, None)
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
