"""Hundreds of symbols cost what they trade: the late ones are nearly silent."""

from collections import Counter
from itertools import takewhile

import pytest

from simulator.engine.exchange import Exchange
from simulator.engine.symbols import made_up_symbols
from simulator.synthetic.feed import SyntheticFeed

NOON_MS = 1_791_374_400_000
NAMES = made_up_symbols(500)
SECONDS = 5


@pytest.fixture(scope="module")
def frames():
    feed = SyntheticFeed(NAMES, 1, NOON_MS).frames()
    return list(takewhile(lambda each: each.due_ms < NOON_MS + SECONDS * 1000, feed))


def test_five_hundred_symbols_send_several_thousand_frames_a_second(frames):
    assert 500 < len(frames) / SECONDS < 5_000


def test_activity_falls_by_rank_as_zipf_says(frames):
    counts = Counter(frame.symbol for frame in frames)
    ranks = [sum(counts[name] for name in NAMES[start : 4 * start]) for start in (8, 32, 120)]
    assert counts["BTCUSDT"] == max(counts.values())
    # Each range is four times as long as the one before, and as busy: within a factor of two.
    assert max(ranks) < 2.5 * min(ranks)


def test_every_symbol_has_a_book_at_once(frames):
    exchange = Exchange(SyntheticFeed(NAMES, 1, NOON_MS).rules, 300_000)
    for frame in frames:
        exchange.record(frame)
    for name in NAMES:
        view = exchange.book(name, 100)
        assert len(view.bids) == len(view.asks) == 100


def test_rules_of_every_symbol_differ_in_weight_only_by_rank():
    weights = [rule.weight for rule in SyntheticFeed(NAMES, 1, NOON_MS).rules]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == 1.0
    assert weights[-1] == 1 / 500


def test_a_busier_market_gives_every_symbol_its_share():
    usual, busy = SyntheticFeed(NAMES, 1, NOON_MS), SyntheticFeed(NAMES, 1, NOON_MS, activity=3.0)
    assert [rule.weight for rule in busy.rules] == [3 * rule.weight for rule in usual.rules]
    of_half_a_minute = [
        sum(
            1
            for _ in takewhile(lambda order: order.event_time_ms < NOON_MS + 30_000, feed.orders())
        )
        for feed in (usual, busy)
    ]
    assert 2 < of_half_a_minute[1] / of_half_a_minute[0] < 4
