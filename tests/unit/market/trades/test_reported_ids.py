from market.trades.reported_ids import SURELY_LATER_MS, ToldIds
from tests.support.trades import START_MS, trade


def test_an_answer_counts_when_no_higher_id_was_told() -> None:
    told = ToldIds(10)
    assert told.answer(10, START_MS)
    assert told.answer(12, START_MS)
    assert not told.answer(11, START_MS + 1_000)


def test_an_answer_is_refuted_by_a_trade_made_surely_after_it_with_a_lower_id() -> None:
    told = ToldIds(10)
    told.answer(12, START_MS)
    late_ms = START_MS + 1_000 + SURELY_LATER_MS
    assert not told.is_refuted_by(trade(11, late_ms + 1))
    told.answer(10, START_MS + 1_000)
    assert not told.is_refuted_by(trade(11, late_ms))
    assert told.is_refuted_by(trade(11, late_ms + 1))
    assert not told.is_refuted_by(trade(12, late_ms + 1))


def test_a_frame_is_refuted_by_any_later_trade_with_a_lower_id() -> None:
    told = ToldIds(10)
    told.frame(trade(500, START_MS + 500))
    assert not told.is_refuted_by(trade(11, START_MS + 500))
    assert told.is_refuted_by(trade(11, START_MS + 501))
