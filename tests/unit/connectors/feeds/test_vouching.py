"""What heartbeats vouch for, and stored offsets that cannot be read."""

import pytest

from connectors.feeds.book_records import BookRecords
from connectors.feeds.market_records import MarketRecords
from connectors.feeds.vouching import Heartbeats, Hold, UnknownSpan, Voucher
from market.dictionary.topics import TRADES
from market.errors import MalformedRecordError
from tests.support.connector_doubles import context

START_MS = 1_700_000_000_000

MARKET = "binance-spot"


class TestHold:
    def test_nothing_is_overdue_before_the_hold_is_over(self) -> None:
        hold = Hold(10.0)
        for second in range(10):
            hold.note(START_MS + second * 1_000, float(second))
        assert hold.overdue_ms == 0

    def test_what_was_settled_when_the_hold_began_is_overdue_when_it_ends(self) -> None:
        hold = Hold(10.0)
        for second in range(13):
            hold.note(START_MS + second * 1_000, float(second))
        assert hold.overdue_ms == START_MS + 2_000

    def test_a_pause_does_not_count_but_what_came_before_it_does(self) -> None:
        hold = Hold(10.0)
        for second in range(6):
            hold.note(START_MS + second * 1_000, float(second))
        hold.pause(5.0)
        hold.pause(20.0)
        hold.resume(45.0)
        for second in range(46, 50):
            hold.note(START_MS + second * 1_000, float(second))
        assert hold.overdue_ms == 0
        hold.note(START_MS + 50_000, 50.0)
        assert hold.overdue_ms == START_MS


class TestVoucher:
    def test_it_follows_the_proof_and_never_falls(self) -> None:
        voucher = Voucher()
        assert list(voucher.advance(START_MS + 900, 0, START_MS + 5_000)) == []
        voucher.advance(START_MS + 400, 0, START_MS + 5_000)
        assert voucher.vouched_ms == START_MS + 900

    def test_what_is_overdue_is_released_second_by_second_as_unknown(self) -> None:
        voucher = Voucher(START_MS + 900)
        released = voucher.advance(START_MS + 900, START_MS + 1_000, START_MS + 3_400)
        assert list(released) == [START_MS + 900, START_MS + 1_000, START_MS + 2_000]
        assert voucher.vouched_ms == START_MS + 3_000

    def test_without_progress_it_is_released_without_another_hold(self) -> None:
        voucher = Voucher(START_MS + 900)
        voucher.advance(START_MS + 900, START_MS + 1_000, START_MS + 3_400)
        released = voucher.advance(START_MS + 900, START_MS + 1_500, START_MS + 4_100)
        assert list(released) == [START_MS + 3_000]

    def test_when_the_proof_keeps_up_again_it_is_waited_for(self) -> None:
        voucher = Voucher(START_MS + 900)
        voucher.advance(START_MS + 900, START_MS + 1_000, START_MS + 3_400)
        assert list(voucher.advance(START_MS + 2_000, START_MS + 1_500, START_MS + 9_000)) == []
        assert voucher.ended(START_MS + 2_000) is None

    def test_it_is_known_again_when_the_proof_passes_what_was_released(self) -> None:
        voucher = Voucher(START_MS + 900)
        voucher.advance(START_MS + 900, START_MS + 1_000, START_MS + 3_400)
        voucher.advance(START_MS + 3_000, START_MS + 2_000, START_MS + 9_000)
        assert voucher.ended(START_MS + 3_000) == UnknownSpan(START_MS + 900, START_MS + 3_000)
        assert voucher.ended(START_MS + 3_000) is None

    def test_a_symbol_that_was_never_proven_is_unknown_from_the_present_second_on(self) -> None:
        voucher = Voucher()
        released = voucher.advance(0, START_MS + 1_000, START_MS + 3_400)
        assert list(released) == [START_MS + 2_000]


class TestHeartbeats:
    def test_the_minimum_of_a_partitions_symbols_decides(self) -> None:
        beats = Heartbeats({0: ["A", "B"], 1: ["C"]}, {}, 1.0)
        vouchers = {
            "A": Voucher(START_MS + 5_000),
            "B": Voucher(START_MS + 2_000),
            "C": Voucher(START_MS + 9_000),
        }
        assert dict(beats.due(vouchers, START_MS + 9_500, 0.0)) == {
            0: START_MS + 2_000,
            1: START_MS + 9_000,
        }

    def test_a_partition_without_symbols_follows_the_market(self) -> None:
        beats = Heartbeats({3: []}, {}, 1.0)
        assert dict(beats.due({}, START_MS, 0.0)) == {3: START_MS}

    def test_one_that_closes_a_second_comes_at_once_and_others_once_per_interval(self) -> None:
        beats, voucher = Heartbeats({0: ["A"]}, {}, 1.0), Voucher(START_MS + 100)
        assert list(beats.due({"A": voucher}, 0, 0.0)) == [(0, START_MS + 100)]
        voucher.vouched_ms = START_MS + 900
        assert list(beats.due({"A": voucher}, 0, 0.2)) == []
        voucher.vouched_ms = START_MS + 1_000
        assert list(beats.due({"A": voucher}, 0, 0.3)) == [(0, START_MS + 1_000)]
        assert list(beats.due({"A": voucher}, 0, 1.3)) == [(0, START_MS + 1_000)]

    def test_after_a_restart_it_never_falls_behind_what_was_written(self) -> None:
        beats = Heartbeats({0: ["A"]}, {0: START_MS + 7_000}, 1.0)
        assert list(beats.due({"A": Voucher(START_MS)}, 0, 0.0)) == [(0, START_MS + 7_000)]


def test_a_heartbeat_that_is_no_number_is_refused_with_its_partition() -> None:
    partition = {"market": MARKET, "stream": "trade", "partition": "2"}
    stored = context(offsets=[(partition, {"heartbeat_ms": "noon"})])
    with pytest.raises(MalformedRecordError) as refused:
        MarketRecords(MARKET, "trade", TRADES[MARKET], ["BTCUSDT"], stored)
    assert refused.value.reason == "bad_offset"
    assert "trades.binance-spot partition 2: expected heartbeat_ms as an" in refused.value.detail
    assert "found {'heartbeat_ms': 'noon'}; write a tombstone" in refused.value.detail


@pytest.mark.parametrize(
    "offset", [{"book_sequence": "7", "written_ms": 5}, {"book_sequence": 7}, {}]
)
def test_a_books_offset_without_its_integers_is_refused_with_its_symbol(
    offset: dict[str, object],
) -> None:
    partition = {"market": MARKET, "stream": "depth", "symbol": "BTCUSDT"}
    records = BookRecords(MARKET, ["BTCUSDT"], context(offsets=[(partition, offset)]))
    with pytest.raises(MalformedRecordError) as refused:
        records.offset("BTCUSDT")
    assert refused.value.reason == "bad_offset"
    assert "BTCUSDT: expected integers book_sequence and written_ms" in refused.value.detail
    assert f"found {offset}; delete the connector's offset" in refused.value.detail
