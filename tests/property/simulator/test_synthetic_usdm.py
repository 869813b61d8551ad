"""The synthetic perpetuals' promises, for any seed: one book, sparse ids, spot's price nearby."""

import json
from itertools import pairwise, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.binance.usdm_rows import aggregate_row
from simulator.binance.venues import Market
from simulator.engine.candles import INTERVALS_MS
from simulator.engine.decimals import digits_of, to_e8
from simulator.engine.exchange import Exchange
from simulator.synthetic.feed import SyntheticFeed
from tests.support.synthetic_books import Book, frames_of

START_MS = 1_791_381_600_000
SYMBOLS = ("LINKUSDT", "QUIETUSDT")
BOTH = tuple(Market)
DIFFS = ("depth", "depth@100ms", "depth@500ms")
seeds = st.integers(0, 2**32)
few = settings(max_examples=8, deadline=None)


def _feed(seed, markets=(Market.USDM,)):
    return SyntheticFeed(SYMBOLS, seed, START_MS, markets)


def _frames(seed, seconds=5, markets=(Market.USDM,)):
    frames = _feed(seed, markets).frames()
    return list(takewhile(lambda each: each.due_ms < START_MS + seconds * 1000, frames))


def _of(frames, suffix, symbol="LINKUSDT"):
    return frames_of(frames, symbol, suffix, Market.USDM)


@few
@given(seeds, st.sampled_from(SYMBOLS), st.sampled_from(DIFFS))
def test_every_diff_names_the_one_before_and_ids_have_gaps(seed, symbol, suffix):
    diffs = _of(_frames(seed), suffix, symbol)
    assert diffs
    for before, after in pairwise(diffs):
        assert after["pu"] == before["u"] < after["U"] <= after["u"]
        assert before["E"] < after["E"] >= after["T"] > 0
    assert any(each["U"] > each["pu"] + 1 for each in diffs)


@few
@given(seeds, st.sampled_from(DIFFS), st.integers(0, 60))
def test_any_snapshot_of_rest_and_the_diffs_of_any_speed_give_the_same_book(seed, suffix, taken):
    frames = _frames(seed, 6)
    exchange = Exchange(_feed(seed).rules, None)
    book, last_by_id = None, {}
    address = f"public/linkusdt@{suffix}"
    for number, frame in enumerate(each for each in frames if each.symbol == "LINKUSDT"):
        exchange.record(frame)
        if number >= 5 * taken and book is None:
            view = exchange.book("LINKUSDT", None)
            book = Book(view.last_update_id, dict(view.bids), dict(view.asks))
        elif book is not None and frame.stream == address:
            event = json.loads(frame.payload)
            if event["u"] >= book.last_update_id:
                book.apply(event)
                last_by_id[event["u"]] = book.top(5000)
        view = exchange.book("LINKUSDT", None)
        if view.last_update_id in last_by_id:
            shown = (view.last_update_id, view.bids, view.asks)
            assert last_by_id[view.last_update_id] == shown
    assert last_by_id


@few
@given(seeds, st.sampled_from(SYMBOLS), st.sampled_from(("", "@100ms", "@500ms")))
def test_partial_books_are_the_top_of_the_book_at_the_ids_of_the_diff_beside(seed, symbol, speed):
    frames, checked = _frames(seed), 0
    book = Book.of_snapshot(next(f for f in frames if f.symbol == symbol and not f.stream))
    prefix, diff = f"public/{symbol.lower()}@depth", {}
    for frame in frames:
        event = json.loads(frame.payload)
        if frame.stream == prefix + speed:
            book.apply(event)
            diff = event
        for levels in (5, 10, 20):
            if frame.stream == f"{prefix}{levels}{speed}":
                assert [event[key] for key in ("U", "u", "pu")] == [
                    diff[key] for key in ("U", "u", "pu")
                ]
                shown = [[tuple(level) for level in event[side]] for side in "ba"]
                assert shown == list(book.top(levels)[1:])
                checked += 1
    assert checked


@few
@given(seeds, st.sampled_from(BOTH), st.sampled_from(SYMBOLS))
def test_best_prices_equal_the_book_at_equal_ids_and_never_cross(seed, market, symbol):
    frames = _frames(seed, 20, (market,))
    tickers = {each["u"]: each for each in frames_of(frames, symbol, "bookTicker", market)}
    snapshot = next(frame for frame in frames if frame.symbol == symbol and not frame.stream)
    book, met = Book.of_snapshot(snapshot), 0
    for event in frames_of(frames, symbol, "depth@100ms", market):
        book.apply(event)
        _, (bid, *_), (ask, *_) = book.top(1)
        assert to_e8(bid[0]) < to_e8(ask[0])
        ticker = tickers.get(event["u"])
        if ticker is not None:
            assert (ticker["b"], ticker["B"], ticker["a"], ticker["A"]) == (*bid, *ask)
            met += 1
    assert met
    assert all(to_e8(each["b"]) < to_e8(each["a"]) for each in tickers.values())


@few
@given(seeds)
def test_aggregates_are_the_fills_of_a_tenth_of_a_second_and_equal_those_of_rest(seed):
    frames = _frames(seed, 30)
    feed = _feed(seed)
    exchange, rules = Exchange(feed.rules, None), {each.symbol: each for each in feed.rules}
    for frame in frames:
        exchange.record(frame)
    for symbol in SYMBOLS:
        rows = _of(frames, "aggTrade", symbol)
        assert all(later["f"] == now["l"] + 1 for now, later in pairwise(rows))
        for row in rows:
            (aggregate,) = exchange.history(symbol).aggregates_from(row["a"], 1)
            assert aggregate_row(aggregate, rules[symbol]).items() <= row.items()
            assert 50 < row["E"] - row["T"] <= 150


@few
@given(seeds)
def test_trades_and_candles_of_rest_are_those_that_were_streamed(seed):
    frames = _frames(seed, 30)
    exchange = Exchange(_feed(seed).rules, None)
    for frame in frames:
        exchange.record(frame)
    for symbol in SYMBOLS:
        trades = _of(frames, "trade", symbol)
        ids = [each["t"] for each in trades]
        assert ids == list(range(ids[0], ids[0] + len(ids))) if ids else True
        minute = INTERVALS_MS["1m"]
        start_ms = START_MS - START_MS % minute
        candles = exchange.history(symbol).first_candles(minute, start_ms, START_MS + minute, 5)
        assert sum(each.count for each in candles) == len(trades)
        assert sum(each.volume_e8 for each in candles) == sum(to_e8(each["q"]) for each in trades)


@few
@given(seeds)
def test_numbers_have_the_symbols_decimals_on_its_grid(seed):
    rules = {each.symbol: each for each in _feed(seed).rules}
    for symbol, rule in rules.items():
        levels = [
            level
            for event in _of(_frames(seed), "depth", symbol)
            for level in event["b"] + event["a"]
        ]
        for price, size in levels:
            assert (digits_of(price), digits_of(size)) == (rule.price_digits, rule.quantity_digits)
            assert to_e8(price) % rule.tick_e8 == to_e8(size) % rule.step_e8 == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_perpetual_stays_beside_its_spot_market(seed):
    feed = SyntheticFeed(("BTCUSDT",), seed, START_MS, BOTH)
    best = {}
    for frame in takewhile(lambda each: each.due_ms < START_MS + 120_000, feed.frames()):
        if frame.stream.endswith("@bookTicker"):
            best[frame.market] = float(json.loads(frame.payload)["b"])
        if len(best) == 2:
            assert best[Market.USDM] == pytest.approx(best[Market.SPOT], rel=0.002)


@few
@given(seeds)
def test_serving_usdm_too_does_not_change_spot(seed):
    def payloads(markets):
        frames = _frames(seed, 3, markets)
        return [(f.stream, f.payload) for f in frames if f.market is Market.SPOT]

    assert payloads((Market.SPOT,)) == payloads(BOTH)


def test_frames_come_in_order_and_only_from_streams_that_the_feed_names():
    feed, frames = _feed(1, BOTH), _frames(1, 10, BOTH)
    assert [each.due_ms for each in frames] == sorted(each.due_ms for each in frames)
    assert {each.stream for each in frames if each.stream} <= feed.streams
    assert {"public/linkusdt@depth@500ms", "market/linkusdt@aggTrade", "linkusdt@depth"} <= {
        each.stream for each in frames
    }
