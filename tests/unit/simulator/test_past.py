"""The past of a synthetic market leads to its present."""

from itertools import islice, pairwise

from simulator.synthetic.feed import SyntheticFeed

START_MS = 1_700_000_000_000
SYMBOLS = ("BTCUSDT", "DOGEUSDT")


def _feed(seed=7):
    return SyntheticFeed(SYMBOLS, seed, START_MS)


def _of(symbol, trades):
    return [trade for trade in trades if trade.symbol == symbol]


def test_ids_and_times_lead_to_the_first_trade_of_the_market():
    past = list(_feed().past(0.5))
    for symbol in SYMBOLS:
        before = _of(symbol, past)
        first = next(one for order in _feed().orders() for one in _of(symbol, order.trades))
        assert [trade.trade_id for trade in before] == list(
            range(first.trade_id - len(before), first.trade_id)
        )
        assert all(one.time_ms <= next_one.time_ms for one, next_one in pairwise(before))
        assert before[0].time_ms >= START_MS - 1_800_000
        assert before[-1].time_ms < START_MS
        assert abs(before[-1].price_e8 / first.price_e8 - 1) < 0.001
        assert min(trade.quantity_e8 for trade in before) > 0


def test_a_past_is_as_busy_as_its_symbol_and_repeatable():
    past = list(_feed().past(0.5))
    assert 10_000 < len(_of("BTCUSDT", past)) < 70_000
    assert len(_of("DOGEUSDT", past)) < len(_of("BTCUSDT", past))
    assert list(_feed().past(0.5)) == past
    assert list(islice(_feed(8).past(0.5), 5)) != past[:5]
