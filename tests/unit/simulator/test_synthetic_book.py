"""The synthetic book has the shape of the real one."""

import json
from itertools import takewhile
from statistics import mean, median

import pytest

from simulator.engine.book import MOST_PENDING, RecordedBook
from simulator.engine.decimals import to_e8
from simulator.synthetic.feed import SyntheticFeed
from simulator.synthetic.ladder import Ladder
from simulator.synthetic.makers import MOST_LEVELS
from tests.support.synthetic_books import Book, frames_of

NOON_MS = 1_791_374_400_000
NAMES = ("BTCUSDT", *(f"C{number}USDT" for number in range(60)))


def _frames(symbols, seconds):
    frames = SyntheticFeed(symbols, 1, NOON_MS).frames()
    return list(takewhile(lambda each: each.due_ms < NOON_MS + seconds * 1000, frames))


@pytest.fixture(scope="module")
def minute():
    return _frames(("BTCUSDT",), 60)


def test_a_thousand_levels_reach_as_far_as_measured(minute):
    book = Book.of_snapshot(minute[0])
    _, bids, asks = book.top(1000)
    assert len(book.bids) == len(book.asks) == MOST_LEVELS
    for side in (bids, asks):
        assert 200 < abs(float(side[0][0]) - float(side[-1][0])) < 280


def test_best_sizes_are_heavy_tailed_and_the_next_levels_often_dust(minute):
    tickers = frames_of(minute, "BTCUSDT", "bookTicker")
    sizes = sorted(float(each["B"]) for each in tickers)
    assert mean(sizes) > 1.5 * median(sizes)
    assert sizes[len(sizes) // 50] < 0.05 < 1 < sizes[-1]


def test_a_tenth_of_a_second_changes_as_many_levels_and_takes_as_many_ids_as_measured(minute):
    diffs = frames_of(minute, "BTCUSDT", "depth@100ms")
    assert 9 < len(diffs) / 60 <= 10
    assert 10 < median(len(each["b"]) + len(each["a"]) for each in diffs) < 60
    assert 40 < median(each["u"] - each["U"] for each in diffs) < 400


def test_best_prices_change_as_often_as_measured_with_a_calm_spread_of_one_tick(minute):
    tickers = frames_of(minute, "BTCUSDT", "bookTicker")
    assert 20 < len(tickers) / 60 < 250
    spreads = [to_e8(each["a"]) - to_e8(each["b"]) for each in tickers]
    assert spreads.count(1_000_000) / len(spreads) > 0.85
    assert max(spreads) > 1_000_000


def test_slow_streams_send_at_whole_seconds_what_the_fast_ones_sent(minute):
    slow = frames_of(minute, "BTCUSDT", "depth")
    assert all(each["E"] % 1000 == 0 for each in slow)
    book = Book.of_snapshot(minute[0])
    fast = Book.of_snapshot(minute[0])
    for each in frames_of(minute, "BTCUSDT", "depth@100ms"):
        if each["u"] <= slow[-1]["u"]:
            fast.apply(each)
    for each in slow:
        book.apply(each)
    assert book == fast


def test_a_quiet_symbol_is_silent_most_of_the_time():
    frames = _frames(NAMES, 20)
    counts = {name: len(frames_of(frames, name, "depth@100ms")) for name in (NAMES[0], NAMES[-1])}
    assert counts["BTCUSDT"] > 180
    assert counts[NAMES[-1]] < 60
    assert {frame.symbol for frame in frames} == set(NAMES)


def test_a_ladder_keeps_the_best_level_first_and_counts_every_change():
    ladder = Ladder(100)
    for tick in (7, 9, 8):
        ladder.put(1, tick, 5)
        ladder.put(-1, tick + 3, 5, ids=2)
    assert (ladder.best, ladder.update_id) == (((9, 5), (10, 5)), 109)
    ladder.put(1, 9, 0)
    assert ladder.bids.ticks(5) == [8, 7]
    assert ladder.asks.ticks(2) == [10, 11]
    assert ladder.take_changes() == {(1, 7), (1, 8), (1, 9), (-1, 10), (-1, 11), (-1, 12)}
    assert not ladder.is_changed


def test_the_book_of_rest_does_not_grow_with_an_endless_market():
    book = RecordedBook()
    book.on_snapshot(b'{"lastUpdateId":0,"bids":[["1.0","1.0"]],"asks":[]}')
    for n in range(1, 2 * MOST_PENDING):
        body = {"e": "depthUpdate", "U": n, "u": n, "b": [["1.0", f"{n}.0"]], "a": []}
        book.on_diff(json.dumps(body).encode())
    view = book.view(1)
    assert view is not None
    assert view.bids == [("1.0", f"{2 * MOST_PENDING - 1}.0")]
