"""What reported ids prove, and trades behind the last released one."""

from market.trades.reported_ids import SURELY_LATER_MS, ReportedIds, TradesBehind
from tests.support.trades import START_MS, trade


def test_an_answer_counts_when_no_higher_id_was_reported() -> None:
    reported = ReportedIds(10)
    assert reported.answer(10, START_MS)
    assert reported.answer(12, START_MS)
    assert not reported.answer(11, START_MS + 1_000)


def test_an_answer_is_refuted_by_a_trade_certainly_after_it_with_a_lower_id() -> None:
    reported = ReportedIds(10)
    reported.answer(12, START_MS)
    late_ms = START_MS + 1_000 + SURELY_LATER_MS
    assert not reported.is_refuted_by(trade(11, late_ms + 1))
    reported.answer(10, START_MS + 1_000)
    assert not reported.is_refuted_by(trade(11, late_ms))
    assert reported.is_refuted_by(trade(11, late_ms + 1))
    assert not reported.is_refuted_by(trade(12, late_ms + 1))


def test_a_frame_is_refuted_by_any_later_trade_with_a_lower_id() -> None:
    reported = ReportedIds(10)
    reported.frame(trade(500, START_MS + 500))
    assert not reported.is_refuted_by(trade(11, START_MS + 500))
    assert reported.is_refuted_by(trade(11, START_MS + 501))


def test_a_trade_not_earlier_than_the_earliest_of_them_is_held_back() -> None:
    behind = TradesBehind()
    assert not behind.holds_back(trade(9, START_MS))
    behind.keep(trade(2, START_MS + 20))
    behind.keep(trade(1, START_MS + 10))
    assert behind.holds_back(trade(9, START_MS + 10))
    assert not behind.holds_back(trade(9, START_MS + 9))


def test_an_answer_from_before_the_latest_of_them_shows_nothing() -> None:
    behind = TradesBehind()
    assert not behind.has_later_than(0)
    behind.keep(trade(2, START_MS + 20))
    behind.keep(trade(1, START_MS + 10))
    assert behind.has_later_than(START_MS + 19)
    assert not behind.has_later_than(START_MS + 20)
    behind.take()
    assert not behind.has_later_than(START_MS + 19)


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
