"""One book and one counter behind every stream of the synthetic market, for any seed."""

import json
from itertools import pairwise, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.engine.decimals import to_e8
from simulator.engine.exchange import Exchange
from simulator.synthetic.arrivals import Pace
from simulator.synthetic.feed import SyntheticFeed
from simulator.synthetic.ladder import Ladder
from simulator.synthetic.orders import TakerOrder
from simulator.synthetic.symbol_market import SymbolMarket
from tests.support.synthetic_books import Book, frames_of

START_MS = 1_791_381_600_000
SYMBOLS = ("LINKUSDT", "QUIETUSDT")
seeds = st.integers(0, 2**32)
few = settings(max_examples=8, deadline=None)


def _frames(seed, seconds=5):
    frames = SyntheticFeed(SYMBOLS, seed, START_MS).frames()
    return list(takewhile(lambda each: each.due_ms < START_MS + seconds * 1000, frames))


@few
@given(seeds, st.sampled_from(SYMBOLS), st.sampled_from(("depth", "depth@100ms")))
def test_ids_of_diffs_are_continuous_and_rise(seed, symbol, suffix):
    diffs = frames_of(_frames(seed), symbol, suffix)
    assert diffs
    for before, after in pairwise(diffs):
        assert after["U"] == before["u"] + 1 <= after["u"]
        assert after["E"] > before["E"]


@few
@given(seeds, st.integers(0, 40))
def test_diffs_after_any_snapshot_of_rest_give_the_markets_own_book_at_every_id(seed, taken):
    frames = _frames(seed)
    exchange = Exchange(SyntheticFeed(SYMBOLS, seed, START_MS).rules, None)
    seen, book = 0, None
    for frame in frames:
        exchange.record(frame)
        if frame.stream != "linkusdt@depth@100ms":
            continue
        event = json.loads(frame.payload)
        if seen == taken:
            view = exchange.book("LINKUSDT", 5000)
            book = Book(view.last_update_id, dict(view.bids), dict(view.asks))
        elif book is not None:
            book.apply(event)
            view = exchange.book("LINKUSDT", 5000)
            assert book.top(5000) == (view.last_update_id, view.bids, view.asks)
        seen += 1


@few
@given(seeds, st.sampled_from(SYMBOLS))
def test_partial_books_are_the_top_of_the_book_at_the_id_of_a_diff_and_never_crossed(seed, symbol):
    frames, partial_count = _frames(seed), 0
    book = Book.of_snapshot(next(f for f in frames if f.symbol == symbol and not f.stream))
    for frame in frames:
        event = json.loads(frame.payload)
        if frame.stream == f"{symbol.lower()}@depth@100ms":
            book.apply(event)
            (bid, *_), (ask, *_) = book.top(1)[1:]
            assert to_e8(bid[0]) < to_e8(ask[0])
        elif frame.symbol == symbol and "@depth" in frame.stream and "bids" in event:
            levels = int(frame.stream.partition("@depth")[2].partition("@")[0])
            bids, asks = (tuple(map(tuple, event[side])) for side in ("bids", "asks"))
            last_id, *top = book.top(levels)
            assert (event["lastUpdateId"], list(bids), list(asks)) == (last_id, *top)
            partial_count += 1
    assert partial_count > 0


@few
@given(seeds, st.sampled_from(SYMBOLS))
def test_best_prices_rise_in_id_fit_between_the_diffs_and_never_cross(seed, symbol):
    frames = _frames(seed)
    tickers = frames_of(frames, symbol, "bookTicker")
    last_diff = frames_of(frames, symbol, "depth@100ms")[-1]["u"]
    for before, after in pairwise(tickers):
        assert before["u"] < after["u"]
        assert any(before[key] != after[key] for key in "bBaA")
    assert all(to_e8(each["b"]) < to_e8(each["a"]) for each in tickers)
    assert tickers[0]["u"] <= last_diff


def _sizes(ladder: Ladder) -> dict[tuple[bool, int], int]:
    bids = {(True, tick): size for tick, size in ladder.bids.sizes.items()}
    return bids | {(False, tick): size for tick, size in ladder.asks.sizes.items()}


@few
@given(seeds)
def test_trades_take_from_the_best_levels_exactly_what_they_say(seed):
    (rules,) = SyntheticFeed(["LINKUSDT"], seed, START_MS).rules
    market = SymbolMarket(rules, seed, START_MS, 1, Pace())
    checked = 0
    while checked < 40:
        before, best = _sizes(market.ladder), market.ladder.best
        for happening in market.step():
            if isinstance(happening, TakerOrder):
                checked += 1
                _check_fills(happening, before, best, rules)
                continue
            if happening.stream.endswith("bookTicker"):
                ticker = json.loads(happening.payload)
                assert to_e8(ticker["b"]) < to_e8(ticker["a"])


def _check_fills(order, before, best, rules):
    first = order.trades[0]
    side = 0 if first.buyer_is_maker else 1
    assert first.price_e8 == best[side][0] * rules.tick_e8
    taken: dict[int, int] = {}
    for each in order.trades:
        taken[each.price_e8] = taken.get(each.price_e8, 0) + each.quantity_e8
    sizes = {
        tick * rules.tick_e8: size * rules.step_e8
        for (is_bid, tick), size in before.items()
        if is_bid == first.buyer_is_maker
    }
    *emptied, last = taken
    assert all(taken[price] == sizes[price] for price in emptied)
    assert taken[last] <= sizes[last]
    better = [p for p in sizes if (p > last if first.buyer_is_maker else p < last)]
    assert sorted(better) == sorted(emptied)


@few
@given(seeds)
def test_the_first_best_price_after_an_order_shows_what_it_took(seed):
    (rules,) = SyntheticFeed(["LINKUSDT"], seed, START_MS).rules
    market = SymbolMarket(rules, seed, START_MS, 1, Pace())
    while True:
        before = _sizes(market.ladder)
        happenings = list(market.step())
        orders = [each for each in happenings if isinstance(each, TakerOrder)]
        if not orders:
            continue
        ticker = json.loads(happenings[0].payload)
        last = orders[0].trades[-1]
        key = (last.buyer_is_maker, last.price_e8 // rules.tick_e8)
        taken = sum(each.quantity_e8 for each in orders[0].trades if each.price_e8 == last.price_e8)
        left = before[key] * rules.step_e8 - taken
        price, size = ("b", "B") if last.buyer_is_maker else ("a", "A")
        if left:
            assert (to_e8(ticker[price]), to_e8(ticker[size])) == (last.price_e8, left)
        else:
            assert to_e8(ticker[price]) != last.price_e8
        return


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_gives_the_same_book(seed):
    assert [f.payload for f in _frames(seed, 2)] == [f.payload for f in _frames(seed, 2)]
