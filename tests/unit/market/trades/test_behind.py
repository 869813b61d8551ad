from market.trades.reported_ids import TradesBehind
from tests.support.trades import START_MS, trade


def test_a_trade_not_earlier_than_the_earliest_of_them_is_held_back() -> None:
    behind = TradesBehind()
    assert not behind.holds_back(trade(9, START_MS))
    behind.keep(trade(2, START_MS + 20))
    behind.keep(trade(1, START_MS + 10))
    assert behind.holds_back(trade(9, START_MS + 10))
    assert not behind.holds_back(trade(9, START_MS + 9))


def test_an_exchange_knows_them_when_its_newest_id_is_not_below_all_of_them() -> None:
    behind = TradesBehind()
    assert not behind.are_known_to(9)
    behind.keep(trade(5))
    assert behind.are_known_to(5)
    assert not behind.are_known_to(4)


def test_they_are_taken_once_and_in_id_order() -> None:
    behind = TradesBehind()
    for trade_id in (3, 1, 3, 2):
        behind.keep(trade(trade_id))
    assert [one.trade_id for one in behind.take()] == [1, 2, 3]
    assert (len(behind), behind.holds_back(trade(9))) == (0, False)
