from collections.abc import Iterable, Mapping

import pytest

from market import trade_sequence
from market.backfills import BackfillRequest, BackfillResult
from market.errors import MalformedRecordError
from market.feed_events import FeedEvent, FeedEventKind
from market.records import GapMarker, Trade
from market.trade_sequence import Duplicate, Output, TradeSequence
from tests.trades import MARKET, START_MS, STREAM, SYMBOL, backfilled, trade

NOW_MS = START_MS + 60_000
LATER_MS = START_MS + 3_600_000


def sequence(position: Mapping[str, object] | None = None, allowed: int = 100) -> TradeSequence:
    return TradeSequence(MARKET, SYMBOL, STREAM, allowed, position)


def feed(target: TradeSequence, *trade_ids: int) -> list[Output]:
    return [output for trade_id in trade_ids for output in target.on_trade(trade(trade_id))]


def at(trade_id: int) -> dict[str, object]:
    return {"trade_id": trade_id, "event_time_ms": START_MS + trade_id}


def released(outputs: Iterable[Output]) -> list[tuple[int, int | None]]:
    return [(out.trade_id, out.missing_before) for out in outputs if isinstance(out, Trade)]


def events(outputs: Iterable[Output]) -> list[tuple[str, int | None, int | None]]:
    return [(o.event.value, o.from_id, o.to_id) for o in outputs if isinstance(o, FeedEvent)]


def requests(outputs: Iterable[Output]) -> list[BackfillRequest]:
    return [output for output in outputs if isinstance(output, BackfillRequest)]


def answer(
    target: TradeSequence, request: BackfillRequest | None, *trade_ids: int, failure: str = ""
) -> list[Output]:
    assert request is not None
    return target.on_backfill(BackfillResult(request, backfilled(*trade_ids), failure), NOW_MS)


class TestFollowing:
    def test_the_first_trade_of_a_new_symbol_does_not_know_what_came_before(self) -> None:
        assert released(feed(sequence(), 7)) == [(7, None)]

    def test_consecutive_trades_miss_nothing(self) -> None:
        assert released(feed(sequence(), 7, 8, 9)) == [(7, None), (8, 0), (9, 0)]

    def test_a_new_symbol_is_not_recovering(self) -> None:
        target = sequence()
        target.on_connected()
        assert not target.recovering
        assert target.needs_check() is None
        assert target.position() is None

    def test_the_position_is_the_last_released_trade(self) -> None:
        target = sequence()
        feed(target, 7, 8, 11)
        assert target.position() == at(8)

    def test_an_unusable_position_is_refused_with_what_to_do(self) -> None:
        with pytest.raises(MalformedRecordError, match=r"BTCUSDT.*reset the connector's offsets"):
            sequence({"trade_id": "7"})


class TestGap:
    def test_a_gap_holds_what_follows_and_asks_for_the_hole(self) -> None:
        outputs = feed(sequence(), 10, 14, 15)
        assert released(outputs) == [(10, None)]
        assert events(outputs) == [("gap_found", 11, 13)]
        assert requests(outputs) == [BackfillRequest(SYMBOL, 11, 13)]

    def test_the_event_says_what_was_expected_and_found(self) -> None:
        event = next(out for out in feed(sequence(), 10, 14) if isinstance(out, FeedEvent))
        assert event.detail == "btcusdt@trade: expected trade id 11, found 14"
        assert (event.from_time_ms, event.to_time_ms) == (START_MS + 10, START_MS + 14)
        assert event.stream == STREAM

    def test_a_complete_backfill_releases_all_in_order(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 14, 15))[0]
        outputs = answer(target, request, 11, 12, 13)
        assert released(outputs) == [(11, 0), (12, 0), (13, 0), (14, 0), (15, 0)]
        assert events(outputs) == [("gap_repaired", 11, 13)]
        assert not target.holding

    def test_a_backfill_is_used_in_any_order_and_beyond_its_range_not_at_all(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 14))[0]
        outputs = answer(target, request, 16, 13, 11, 12, 9)
        assert released(outputs) == [(11, 0), (12, 0), (13, 0), (14, 0)]

    def test_late_live_frames_fill_the_hole_as_well(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 13))[0]
        outputs = feed(target, 12, 11)
        assert released(outputs) == [(11, 0), (12, 0), (13, 0)]
        assert events(outputs) == [("gap_repaired", 11, 12)]
        assert answer(target, request, 11, 12) == []

    def test_a_frame_that_comes_live_after_its_backfill_is_no_duplicate(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 13))[0]
        answer(target, request, 11, 12)
        assert feed(target, 11, 12) == []
        assert target.expected_repeats == 2

    def test_a_gap_longer_than_allowed_is_left_at_once(self) -> None:
        outputs = feed(sequence(allowed=2), 10, 14)
        assert released(outputs) == [(10, None), (14, 3)]
        assert events(outputs) == [("gap_found", 11, 13), ("gap_left", 11, 13)]
        assert requests(outputs) == []

    def test_a_failed_backfill_leaves_the_gap_and_says_why(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 14, 15))[0]
        outputs = answer(target, request, failure="HTTP 503")
        assert released(outputs) == [(14, 3), (15, 0)]
        left = next(out for out in outputs if isinstance(out, FeedEvent))
        assert left.detail == "btcusdt@trade: 3 trades from id 11 on are missing: HTTP 503"

    def test_an_incomplete_backfill_counts_each_remaining_hole_by_itself(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 18))[0]
        outputs = answer(target, request, 12, 13, 16)
        assert released(outputs) == [(12, 1), (13, 0), (16, 2), (18, 1)]
        assert events(outputs) == [
            ("gap_left", 11, 11),
            ("gap_left", 14, 15),
            ("gap_left", 17, 17),
        ]

    def test_a_second_hole_among_the_held_opens_when_the_first_is_closed(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 12, 15))[0]
        outputs = answer(target, request, 11)
        assert released(outputs) == [(11, 0), (12, 0)]
        assert events(outputs) == [("gap_repaired", 11, 11), ("gap_found", 13, 14)]
        assert requests(outputs) == [BackfillRequest(SYMBOL, 13, 14)]

    def test_a_second_hole_opens_as_well_when_the_first_is_left(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 12, 15))[0]
        outputs = answer(target, request, failure="HTTP 503")
        assert released(outputs) == [(12, 1)]
        assert requests(outputs) == [BackfillRequest(SYMBOL, 13, 14)]

    def test_too_many_held_trades_end_the_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trade_sequence, "MAX_HELD_TRADES", 3)
        outputs = feed(sequence(), 10, 12, 13, 14, 15)
        assert released(outputs) == [(10, None), (12, 1), (13, 0), (14, 0), (15, 0)]
        assert events(outputs)[-1] == ("gap_left", 11, 11)

    def test_markers_of_a_gap_come_before_the_trade_after_it(self) -> None:
        target = sequence(allowed=0)
        target.on_trade(trade(10, START_MS + 400))
        outputs = target.on_trade(trade(13, START_MS + 2_700))
        assert [type(output) for output in outputs[-3:]] == [GapMarker, GapMarker, Trade]
        markers = [out for out in outputs if isinstance(out, GapMarker)]
        assert [m.event_time_ms for m in markers] == [START_MS + 400, START_MS + 1_000]
        assert {marker.missing for marker in markers} == {2}

    def test_a_repaired_gap_leaves_no_marker(self) -> None:
        target = sequence()
        target.on_trade(trade(10, START_MS + 400))
        request = requests(target.on_trade(trade(12, START_MS + 9_000)))[0]
        outputs = answer(target, request, 11)
        assert not any(isinstance(output, GapMarker) for output in outputs)


class TestRepeats:
    def test_a_duplicate_in_steady_state_is_told(self) -> None:
        outputs = feed(sequence(), 10, 11, 11)
        assert outputs[-1] == Duplicate(trade(11), last_id=11)

    def test_a_duplicate_of_a_held_trade_is_told(self) -> None:
        outputs = feed(sequence(), 10, 14, 14)
        assert outputs[-1] == Duplicate(trade(14), last_id=10)

    def test_after_a_reconnect_the_overlap_is_only_counted(self) -> None:
        target = sequence()
        feed(target, 10, 11, 12)
        target.on_connected()
        assert released(feed(target, 11, 12, 13)) == [(13, 0)]
        assert target.expected_repeats == 2

    def test_after_the_overlap_a_duplicate_is_told_again(self) -> None:
        target = sequence()
        feed(target, 10)
        target.on_connected()
        assert isinstance(feed(target, 10, 11, 11)[-1], Duplicate)

    def test_ids_that_begin_anew_are_not_taken_for_an_overlap(self) -> None:
        target = sequence(at(1_000))
        target.on_connected()
        outputs = target.on_trade(trade(1, LATER_MS))
        assert isinstance(outputs[0], Duplicate)


class TestRecovering:
    def test_a_restored_symbol_recovers_until_the_next_id_arrives(self) -> None:
        target = sequence(at(10))
        assert target.recovering
        assert released(feed(target, 11)) == [(11, 0)]
        assert not target.recovering

    def test_a_reconnect_makes_a_known_symbol_recover(self) -> None:
        target = sequence()
        feed(target, 10)
        target.on_connected()
        assert target.recovering

    def test_a_gap_after_a_restart_is_an_ordinary_gap(self) -> None:
        target = sequence(at(10))
        outputs = feed(target, 13)
        assert requests(outputs) == [BackfillRequest(SYMBOL, 11, 12)]
        assert released(answer(target, requests(outputs)[0], 11, 12)) == [(11, 0), (12, 0), (13, 0)]
        assert not target.recovering

    def test_a_gap_that_is_left_proves_the_symbol_too(self) -> None:
        target = sequence(at(10), allowed=1)
        feed(target, 14)
        assert not target.recovering

    def test_a_look_up_that_finds_nothing_newer_proves_the_symbol(self) -> None:
        target = sequence(at(10))
        look_up = target.needs_check()
        assert look_up == BackfillRequest(SYMBOL, 11, None)
        assert answer(target, look_up) == []
        assert not target.recovering

    def test_a_look_up_is_asked_for_once(self) -> None:
        target = sequence(at(10))
        target.needs_check()
        assert target.needs_check() is None

    def test_a_look_up_that_finds_trades_releases_them_and_proves_the_symbol(self) -> None:
        target = sequence(at(10))
        outputs = answer(target, target.needs_check(), 11, 12)
        assert released(outputs) == [(11, 0), (12, 0)]
        assert events(outputs) == [("gap_found", 11, 12), ("gap_repaired", 11, 12)]
        assert not target.recovering
        assert feed(target, 12) == []  # the stream was as fast

    def test_holes_in_a_look_up_are_left(self) -> None:
        target = sequence(at(10))
        outputs = answer(target, target.needs_check(), 12, 13)
        assert released(outputs) == [(12, 1), (13, 0)]
        assert not target.recovering

    def test_a_failed_look_up_proves_nothing_and_is_asked_again(self) -> None:
        target = sequence(at(10))
        outputs = answer(target, target.needs_check(), 11, failure="stopped")
        assert released(outputs) == [(11, 0)]
        assert target.recovering
        assert target.needs_check() == BackfillRequest(SYMBOL, 12, None)

    def test_a_live_gap_overtakes_a_look_up(self) -> None:
        target = sequence(at(10))
        look_up = target.needs_check()
        request = requests(feed(target, 13))[0]
        assert request == BackfillRequest(SYMBOL, 11, 12)
        assert answer(target, look_up, 11) == []
        assert released(answer(target, request, 11, 12)) == [(11, 0), (12, 0), (13, 0)]

    def test_a_look_up_made_before_the_connection_proves_nothing(self) -> None:
        target = sequence(at(10))
        look_up = target.needs_check()
        target.on_connected()
        assert answer(target, look_up) == []
        assert target.recovering

    def test_trades_held_from_an_earlier_connection_do_not_prove_the_new_one(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 13))[0]
        target.on_connected()
        assert released(answer(target, request, 11, 12)) == [(11, 0), (12, 0), (13, 0)]
        assert target.recovering
        feed(target, 14)
        assert not target.recovering


class TestProvenTime:
    def test_a_proven_symbol_vouches_for_the_connections_time(self) -> None:
        target = sequence()
        feed(target, 10)
        assert target.proven_time_ms(LATER_MS) == LATER_MS

    def test_a_symbol_that_never_traded_does_not_hold_up_the_others(self) -> None:
        assert sequence().proven_time_ms(LATER_MS) == LATER_MS

    def test_while_holding_time_stands_at_the_last_released_trade(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 14))[0]
        assert target.proven_time_ms(LATER_MS) == START_MS + 10
        answer(target, request, 11, 12, 13)
        assert target.proven_time_ms(LATER_MS) == LATER_MS

    def test_while_recovering_time_stands_at_the_stored_position(self) -> None:
        assert sequence(at(10)).proven_time_ms(LATER_MS) == START_MS + 10


def test_every_output_names_the_market_and_symbol() -> None:
    outputs = feed(sequence(allowed=0), 10, 3_000)
    named = [out for out in outputs if isinstance(out, FeedEvent | GapMarker | Trade)]
    assert {(output.market, output.symbol) for output in named} == {(MARKET, SYMBOL)}
    assert FeedEventKind.GAP_LEFT in {o.event for o in outputs if isinstance(o, FeedEvent)}
