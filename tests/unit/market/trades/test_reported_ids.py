from market.trades.reported_ids import SURELY_LATER_MS, ReportedIds
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
