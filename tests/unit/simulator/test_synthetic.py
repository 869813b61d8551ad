import json
from collections import Counter
from itertools import islice, pairwise, takewhile
from random import Random
from statistics import mean

import pytest

from simulator.errors import SimulatorError
from simulator.synthetic.arrivals import arrivals, daily_activity
from simulator.synthetic.feed import SyntheticFeed

MIDNIGHT_MS = 1_791_331_200_000
HOUR_MS = 3_600_000
START_MS = 1_700_000_000_000
PAST_SYMBOLS = ("BTCUSDT", "DOGEUSDT")


def _orders(seconds, symbols=("BTCUSDT",), seed=1, start_ms=MIDNIGHT_MS):
    feed = SyntheticFeed(symbols, seed, start_ms)
    end_ms = start_ms + seconds * 1000
    return list(takewhile(lambda order: order.event_time_ms < end_ms, feed.orders()))


@pytest.fixture(scope="module")
def afternoon():
    """Half an hour of the busiest one."""
    return _orders(1800, start_ms=MIDNIGHT_MS + 14 * HOUR_MS)


def test_the_day_has_its_peak_when_the_us_opens_and_a_mean_of_one():
    hours = [daily_activity(MIDNIGHT_MS / 1000 + 3600 * hour) for hour in range(24)]
    assert max(range(24), key=hours.__getitem__) == 14
    assert mean(hours) == pytest.approx(1.0, abs=0.01)


def test_arrivals_keep_their_mean_rate_and_come_in_bursts():
    start_s = MIDNIGHT_MS / 1000
    times = list(takewhile(lambda t: t < start_s + 86_400, arrivals(2.0, start_s, Random(5))))
    per_second = Counter(int(t) for t in times)
    assert len(times) / 86_400 == pytest.approx(2.0, rel=0.15)
    assert max(per_second.values()) > 10 * 2.0
    assert times == sorted(times)


def test_an_order_has_two_fills_on_average_with_one_match_time_and_side(afternoon):
    assert mean(len(order.trades) for order in afternoon) == pytest.approx(2.0, abs=0.2)
    for order in afternoon:
        assert len({(each.time_ms, each.buyer_is_maker) for each in order.trades}) == 1
        assert 0 <= order.event_time_ms - order.trades[0].time_ms <= 3


def test_the_spread_is_one_tick_and_takers_pay_it(afternoon):
    before = afternoon[0]
    for order in afternoon[1:5000]:
        first = order.trades[0]
        best = before.bid_e8 if first.buyer_is_maker else before.ask_e8
        assert first.price_e8 == best
        assert order.ask_e8 - order.bid_e8 == 1_000_000
        before = order


def test_sizes_have_a_long_tail_on_the_symbols_step(afternoon):
    sizes = sorted(each.quantity_e8 for order in afternoon for each in order.trades)
    assert all(size % 1000 == 0 and size > 0 for size in sizes)
    assert mean(sizes) > 3 * sizes[len(sizes) // 2]


def test_the_price_moves_as_far_as_on_an_ordinary_evening(afternoon):
    prices = [order.bid_e8 / 1e8 for order in afternoon]
    moves = [abs(later - now) for now, later in zip(prices[::900], prices[900::900], strict=False)]
    assert 5 < mean(moves) < 100


def test_symbols_trade_by_their_weights():
    counts = Counter(
        order.trades[0].symbol for order in _orders(400, ("BTCUSDT", "LINKUSDT"), seed=3)
    )
    assert 2 < counts["BTCUSDT"] / counts["LINKUSDT"] < 12


def test_adding_a_symbol_does_not_change_the_others():
    alone = list(_orders(60))
    together = _orders(60, ("BTCUSDT", "ETHUSDT"))
    assert [order for order in together if order.trades[0].symbol == "BTCUSDT"] == alone


def test_another_seed_gives_another_market():
    assert _orders(30, seed=1) != _orders(30, seed=2)


def test_a_market_that_starts_later_has_higher_ids():
    (early, *_), (late, *_) = _orders(30), _orders(30, start_ms=MIDNIGHT_MS + HOUR_MS)
    assert late.trades[0].trade_id > early.trades[-1].trade_id


def test_frames_are_due_in_order_on_streams_that_the_feed_names():
    feed = SyntheticFeed(["BTCUSDT", "ETHUSDT"], 1, MIDNIGHT_MS)
    frames = list(islice(feed.frames(), 20_000))
    assert [frame.due_ms for frame in frames] == sorted(frame.due_ms for frame in frames)
    assert {frame.stream for frame in frames if frame.stream} == feed.streams


def test_aggregates_have_contiguous_ids_and_ranges():
    frames = islice(SyntheticFeed(["BTCUSDT"], 1, MIDNIGHT_MS).frames(), 20_000)
    rows = [json.loads(frame.payload) for frame in frames if frame.stream.endswith("@aggTrade")]
    assert [row["a"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(later["f"] == now["l"] + 1 for now, later in pairwise(rows))


def test_a_candle_is_closed_exactly_once_and_every_trade_is_in_one():
    frames = list(islice(SyntheticFeed(["BTCUSDT"], 1, MIDNIGHT_MS).frames(), 40_000))
    for interval in ("1s", "1m"):
        bars = [
            json.loads(frame.payload)["k"]
            for frame in frames
            if frame.stream == f"btcusdt@kline_{interval}"
        ]
        closed = [bar for bar in bars if bar["x"]]
        assert len({bar["t"] for bar in closed}) == len(closed) > 2
        ids = [(bar["f"], bar["L"]) for bar in closed]
        assert all(later[0] == now[1] + 1 for now, later in pairwise(ids))
        assert all(bar["n"] == bar["L"] - bar["f"] + 1 for bar in closed)


def test_tickers_come_once_a_second_and_sum_up_the_day():
    frames = list(islice(SyntheticFeed(["BTCUSDT"], 1, MIDNIGHT_MS).frames(), 20_000))
    full = [json.loads(frame.payload) for frame in frames if frame.stream == "btcusdt@ticker"]
    mini = [json.loads(frame.payload) for frame in frames if frame.stream == "btcusdt@miniTicker"]
    assert [row["E"] for row in full] == [row["E"] for row in mini]
    assert all(later["E"] - now["E"] >= 1000 for now, later in pairwise(full))
    last = full[-1]
    assert last["n"] == last["L"] - last["F"] + 1
    assert (last["c"], last["v"]) == (mini[-1]["c"], mini[-1]["v"])
    assert float(last["b"]) < float(last["a"])


def test_a_malformed_symbol_is_refused():
    with pytest.raises(SimulatorError, match="symbol 'btc'"):
        SyntheticFeed(["btc"], 1, MIDNIGHT_MS)


def _past_feed(seed=7):
    return SyntheticFeed(PAST_SYMBOLS, seed, START_MS)


def _of(symbol, trades):
    return [trade for trade in trades if trade.symbol == symbol]


def test_ids_and_times_lead_to_the_first_trade_of_the_market():
    past = list(_past_feed().past(0.5))
    for symbol in PAST_SYMBOLS:
        before = _of(symbol, past)
        first = next(one for order in _past_feed().orders() for one in _of(symbol, order.trades))
        assert [trade.trade_id for trade in before] == list(
            range(first.trade_id - len(before), first.trade_id)
        )
        assert all(one.time_ms <= next_one.time_ms for one, next_one in pairwise(before))
        assert before[0].time_ms >= START_MS - 1_800_000
        assert before[-1].time_ms < START_MS
        assert abs(before[-1].price_e8 / first.price_e8 - 1) < 0.001
        assert min(trade.quantity_e8 for trade in before) > 0


def test_a_past_is_as_busy_as_its_symbol_and_repeatable():
    past = list(_past_feed().past(0.5))
    assert 10_000 < len(_of("BTCUSDT", past)) < 70_000
    assert len(_of("DOGEUSDT", past)) < len(_of("BTCUSDT", past))
    assert list(_past_feed().past(0.5)) == past
    assert list(islice(_past_feed(8).past(0.5), 5)) != past[:5]
