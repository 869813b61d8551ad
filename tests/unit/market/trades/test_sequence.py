from collections.abc import Iterable, Mapping

import pytest

from market.dictionary.feed_events import FeedEvent, FeedEventKind
from market.dictionary.records import GapMarker, Trade, UnknownMarker
from market.errors import MalformedRecordError
from market.trades import sequence as trade_sequence
from market.trades.backfills import BackfillRequest, BackfillResult, RefusedTrade
from market.trades.sequence import Output, Refused, TradeSequence
from tests.support.trades import MARKET, START_MS, STREAM, SYMBOL, backfilled, trade

NOW_MS = START_MS + 60_000
LATER_MS = START_MS + 3_600_000
DAY_MS = 86_400_000


def sequence(offset: Mapping[str, object] | None = None, allowed: int = 100) -> TradeSequence:
    return TradeSequence(MARKET, SYMBOL, STREAM, allowed, offset)


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


def newest(target: TradeSequence, newest_id: int, as_of_ms: int = LATER_MS) -> list[Output]:
    """Ask the exchange and take its answer at once."""
    target.on_asked()
    return target.on_newest(newest_id, as_of_ms, NOW_MS)


def refused(outputs: Iterable[Output]) -> list[tuple[str, int]]:
    return [(out.reason, out.trade.trade_id) for out in outputs if isinstance(out, Refused)]


class TestFollowing:
    def test_before_the_first_trade_of_a_new_symbol_nothing_is_known(self) -> None:
        assert released(feed(sequence(), 7)) == [(7, None)]

    def test_consecutive_trades_miss_nothing(self) -> None:
        assert released(feed(sequence(), 7, 8, 9)) == [(7, None), (8, 0), (9, 0)]

    def test_a_new_symbol_is_accounted_for_from_the_exchanges_newest_id_on(self) -> None:
        target = sequence()
        newest(target, 6, START_MS + 6)
        assert target.offset() is None
        outputs = feed(target, 9)
        assert requests(outputs) == [BackfillRequest(SYMBOL, 7, 8)]
        assert released(answer(target, requests(outputs)[0], 7, 8)) == [(7, None), (8, 0), (9, 0)]

    def test_a_frame_from_before_the_first_answer_is_a_repeat(self) -> None:
        target = sequence()
        newest(target, 6, START_MS + 7)
        assert feed(target, 5, 6) == []
        assert released(feed(target, 7)) == [(7, None)]

    def test_an_old_id_long_after_the_first_answer_is_no_repeat(self) -> None:
        target = sequence()
        newest(target, 6, START_MS)
        assert target.is_repeat(6, START_MS + 5_000)
        assert not target.is_repeat(6, START_MS + 5_001)

    def test_the_offset_is_the_last_released_trade(self) -> None:
        target = sequence()
        feed(target, 7, 8, 11)
        assert target.offset() == at(8)

    def test_an_unusable_offset_is_refused_with_what_to_do(self) -> None:
        with pytest.raises(MalformedRecordError, match=r"BTCUSDT.*reset the connector's offsets"):
            sequence({"trade_id": "7"})


class TestGap:
    def test_a_gap_holds_what_follows_and_requests_the_missing_trades(self) -> None:
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

    def test_a_backfill_is_used_in_any_order_but_not_beyond_its_range(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 14))[0]
        outputs = answer(target, request, 16, 13, 11, 12, 9)
        assert released(outputs) == [(11, 0), (12, 0), (13, 0), (14, 0)]

    def test_late_live_frames_fill_the_gap_too(self) -> None:
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
        assert target.repeats == 2

    def test_a_gap_longer_than_allowed_is_left_at_once(self) -> None:
        outputs = feed(sequence(allowed=2), 10, 14)
        assert released(outputs) == [(10, None), (14, 3)]
        assert events(outputs) == [("gap_found", 11, 13), ("gap_left", 11, 13)]
        assert requests(outputs) == []

    def test_a_failed_backfill_is_requested_again_at_the_next_answer(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 14, 15))[0]
        assert released(answer(target, request, 11, 12, failure="HTTP 503")) == [(11, 0)]
        again = requests(newest(target, 15))
        assert again == [BackfillRequest(SYMBOL, 12, 13)]
        assert released(answer(target, again[0], 12, 13)) == [(i, 0) for i in (12, 13, 14, 15)]

    def test_the_last_row_of_an_answer_that_is_cut_short_waits_for_the_one_after_it(self) -> None:
        target = sequence()
        feed(target, 10)
        request = requests(target.on_trade(trade(14, LATER_MS)))[0]
        rows = (trade(11, source="backfill"), trade(12, LATER_MS - 1, "backfill"))
        outputs = target.on_backfill(BackfillResult(request, rows, "HTTP 503"), NOW_MS)
        assert (released(outputs), refused(outputs)) == ([(11, 0)], [])
        assert requests(newest(target, 14)) == [BackfillRequest(SYMBOL, 12, 13)]

    def test_an_empty_page_is_not_believed_at_once(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 12))[0]
        assert answer(target, request) == []
        assert requests(newest(target, 12)) == [request]

    def test_a_gap_that_the_windows_waited_for_is_left_and_says_why(self) -> None:
        target = sequence()
        feed(target, 10, 14, 15)
        outputs = target.give_up("too slow", NOW_MS)
        assert released(outputs) == [(14, 3), (15, 0)]
        left = next(out for out in outputs if isinstance(out, FeedEvent))
        assert left.detail == "btcusdt@trade: 3 trades from id 11 on are missing: too slow"

    def test_of_a_gap_that_is_left_each_remaining_part_is_counted_by_itself(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 18))[0]
        answer(target, request, 12, 13, 15, 16, failure="HTTP 503")
        outputs = target.give_up("too slow", NOW_MS)
        assert released(outputs) == [(12, 1), (13, 0), (15, 1), (18, 2)]
        assert events(outputs) == [
            ("gap_left", 11, 11),
            ("gap_left", 14, 14),
            ("gap_left", 16, 17),
        ]

    def test_a_row_that_no_column_can_hold_leaves_only_its_own_id(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 14))[0]
        row = RefusedTrade(12, "bad_price", "expected more than zero", "{}")
        result = BackfillResult(request, backfilled(11, 13), "", (row,))
        outputs = target.on_backfill(result, NOW_MS)
        assert released(outputs) == [(11, 0), (13, 1), (14, 0)]

    @pytest.mark.parametrize("time_ms", [START_MS + 9, START_MS + 15, LATER_MS])
    def test_a_row_whose_time_does_not_fit_its_neighbours_is_refused_and_counted(
        self, time_ms: int
    ) -> None:
        target = sequence()
        request = requests(feed(target, 10, 14))[0]
        rows = (trade(11, source="backfill"), trade(12, time_ms, "backfill"))
        rows += (trade(13, source="backfill"),)
        outputs = target.on_backfill(BackfillResult(request, rows), NOW_MS)
        assert refused(outputs) == [("bad_time", 12)]
        assert released(outputs) == [(11, 0), (13, 1), (14, 0)]

    def test_no_row_is_earlier_than_the_beginning_of_its_symbol(self) -> None:
        target = sequence()
        newest(target, 10, START_MS + 10)
        request = requests(feed(target, 12))[0]
        result = BackfillResult(request, (trade(11, START_MS + 9, "backfill"),))
        outputs = target.on_backfill(result, NOW_MS)
        assert refused(outputs) == [("bad_time", 11)]
        assert released(outputs) == [(12, None)]

    def test_a_row_that_is_later_than_the_exchanges_clock_waits_until_the_clock_is_there(
        self,
    ) -> None:
        target = sequence()
        feed(target, 10)
        newest(target, 11)
        request = requests(newest(target, 11))[0]
        rows = (trade(11, LATER_MS, "backfill"),)
        assert target.on_backfill(BackfillResult(request, rows), NOW_MS, LATER_MS - 1) == []
        assert target.offset() == at(10)
        (again,) = requests(newest(target, 11))
        outputs = target.on_backfill(BackfillResult(again, rows), NOW_MS, LATER_MS)
        assert released(outputs) == [(11, 0)]

    def test_no_row_before_a_frame_is_later_than_the_exchanges_clock(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 12))[0]
        result = BackfillResult(request, (trade(11, LATER_MS, "backfill"),))
        outputs = target.on_backfill(result, NOW_MS, LATER_MS - 1)
        assert refused(outputs) == [("bad_time", 11)]
        assert released(outputs) == [(12, 1)]

    def test_a_trade_that_follows_with_an_earlier_time_is_refused(self) -> None:
        target = sequence()
        feed(target, 10)
        assert refused(target.on_trade(trade(11, START_MS + 9))) == [("time_falls", 11)]
        assert requests(feed(target, 12)) == [BackfillRequest(SYMBOL, 11, 11)]

    def test_an_earlier_time_is_refused_also_behind_a_gap(self) -> None:
        target = sequence()
        feed(target, 10)
        target.on_trade(trade(12, START_MS + 12))
        outputs = target.on_trade(trade(11, START_MS + 13))
        assert refused(outputs) == [("time_falls", 12)]
        assert released(outputs) == [(11, 0)]

    def test_a_second_gap_among_the_held_trades_opens_when_the_first_is_closed(self) -> None:
        target = sequence()
        request = requests(feed(target, 10, 12, 15))[0]
        outputs = answer(target, request, 11)
        assert released(outputs) == [(11, 0), (12, 0)]
        assert events(outputs) == [("gap_repaired", 11, 11), ("gap_found", 13, 14)]
        assert requests(outputs) == [BackfillRequest(SYMBOL, 13, 14)]

    def test_a_second_gap_also_opens_when_the_first_is_left(self) -> None:
        target = sequence()
        feed(target, 10, 12, 15)
        outputs = target.give_up("too slow", NOW_MS)
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
        row = trade(11, START_MS + 500, "backfill")
        outputs = target.on_backfill(BackfillResult(request, (row,)), NOW_MS)
        assert not any(isinstance(output, GapMarker) for output in outputs)

    def test_markers_begin_where_the_symbol_was_proven(self) -> None:
        target = sequence(allowed=0)
        target.on_trade(trade(10, START_MS + 400))
        newest(target, 10, START_MS + 5_300)
        outputs = target.on_trade(trade(12, START_MS + 7_000))
        markers = [out.event_time_ms for out in outputs if isinstance(out, GapMarker)]
        assert markers == [START_MS + 5_300, START_MS + 6_000]

    @pytest.mark.parametrize("after_ms", [3_400, 6_000])
    def test_the_event_of_a_gap_names_the_times_of_its_neighbours_whatever_was_proven(
        self, after_ms: int
    ) -> None:
        target = sequence(allowed=0)
        target.on_trade(trade(10, START_MS + 400))
        newest(target, 10, START_MS + 5_000)
        outputs = target.on_trade(trade(12, START_MS + after_ms))
        times = [(o.from_time_ms, o.to_time_ms) for o in outputs if isinstance(o, FeedEvent)]
        assert times == [(START_MS + 400, START_MS + after_ms)] * 2

    def test_a_gap_at_the_beginning_of_a_symbol_does_not_end_before_it_begins(self) -> None:
        target = sequence(allowed=0)
        newest(target, 10, START_MS + 5_000)
        outputs = target.on_trade(trade(12, START_MS + 4_900))
        times = [(o.from_time_ms, o.to_time_ms) for o in outputs if isinstance(o, FeedEvent)]
        assert times == [(START_MS + 4_900, START_MS + 4_900)] * 2


class TestRestarts:
    """After a restart, when the earlier run has vouched for more than the last trade shows."""

    def marks(self, vouched_ms: int, after_ms: int) -> list[tuple[int, bool]]:
        target = sequence(at(10), allowed=1)
        target.resume(vouched_ms)
        outputs = target.on_trade(trade(20, after_ms))
        return [
            (out.event_time_ms, out.after_trade_id == 10)
            for out in outputs
            if isinstance(out, GapMarker)
        ]

    def test_a_gap_is_marked_from_where_the_earlier_run_had_vouched(self) -> None:
        """Else its first marker, the one that counts for the minute, would be late."""
        vouched_ms = START_MS + 5_400
        marks = self.marks(vouched_ms, START_MS + 8_100)
        assert marks[0] == (vouched_ms, True)
        assert [late for late, _ in marks if late < vouched_ms - vouched_ms % 1_000] == []

    def test_a_gap_that_ends_in_the_vouched_second_is_carried_by_the_trade_after_it(self) -> None:
        second_ms = START_MS + 5_000 - (START_MS + 5_000) % 1_000
        assert self.marks(second_ms + 400, second_ms + 900) == []

    def test_a_doubt_about_ids_is_marked_from_where_the_earlier_run_had_vouched(self) -> None:
        """After two silent hours one marker a minute would leave the open minute without any."""
        vouched_ms = START_MS + 7_200_000
        target = sequence(at(500))
        target.resume(vouched_ms)
        target.on_trade(trade(2, vouched_ms + 3_500))
        outputs = newest(target, 2, vouched_ms + 4_000) + newest(target, 2, vouched_ms + 5_000)
        marks = [out.event_time_ms for out in outputs if isinstance(out, UnknownMarker)]
        assert marks == [vouched_ms + ms for ms in (0, 1_000, 2_000)]
        (told,) = [o for o in outputs if isinstance(o, FeedEvent) and o.event == "ids_doubted"]
        assert told.from_time_ms == START_MS + 500

    def test_its_event_still_names_the_time_of_the_trade_before_it(self) -> None:
        target = sequence(at(10), allowed=1)
        target.resume(START_MS + 5_400)
        outputs = target.on_trade(trade(20, START_MS + 8_100))
        left = [
            out for out in outputs if isinstance(out, FeedEvent) and out.event.value == "gap_left"
        ]
        assert [out.from_time_ms for out in left] == [START_MS + 10]


class TestRepeats:
    def test_a_trade_of_another_connection_is_only_counted(self) -> None:
        target = sequence()
        assert released(feed(target, 10, 10, 11, 11)) == [(10, None), (11, 0)]
        assert target.repeats == 2

    def test_a_repeat_of_a_held_trade_is_only_counted(self) -> None:
        target = sequence()
        feed(target, 10, 14, 14)
        assert target.repeats == 1

    def test_a_released_id_with_a_later_time_is_a_duplicate_unless_ids_restarted(self) -> None:
        target = sequence(at(1_000))
        assert target.on_trade(trade(900, LATER_MS)) == []
        assert refused(newest(target, 1_000)) == [("duplicate", 900)]


class TestIdsThatBeginAnew:
    def test_the_symbol_restarts_when_the_exchange_says_so_twice(self) -> None:
        target = sequence(at(5_000))
        assert target.on_trade(trade(0, LATER_MS + 100)) == []
        assert newest(target, 0) == []
        target.on_trade(trade(1, LATER_MS + 200))
        outputs = newest(target, 1)
        assert events(outputs) == [("sequence_reset", 5_000, 1), ("ids_doubted", None, None)]
        assert released(outputs) == [(0, None), (1, 0)]
        assert released(target.on_trade(trade(2, LATER_MS + 300))) == [(2, 0)]

    def test_the_seconds_between_old_and_new_ids_are_unknown(self) -> None:
        target = sequence(at(5_000))
        target.on_trade(trade(1, START_MS + 8_100))
        newest(target, 1, START_MS + 6_000)
        outputs = newest(target, 1, START_MS + 6_500)
        marked = [out.event_time_ms for out in outputs if isinstance(out, UnknownMarker)]
        assert marked == [START_MS + 5_000, START_MS + 6_000, START_MS + 7_000]

    def test_a_late_frame_with_the_old_ids_is_refused(self) -> None:
        target = sequence(at(5_000))
        target.on_trade(trade(0, LATER_MS + 100))
        newest(target, 0)
        newest(target, 0)
        outputs = target.on_trade(trade(5_001, START_MS + 5_001))
        assert refused(outputs) == [("time_falls", 5_001)]
        assert released(target.on_trade(trade(1, LATER_MS + 300))) == [(1, 0)]

    def test_outdated_answers_are_no_restart_without_a_trade_that_shows_it(self) -> None:
        target = sequence(at(5_000))
        for trade_id in range(5_001, 5_005):
            assert newest(target, 4_990) == []
            assert released(feed(target, trade_id)) == [(trade_id, 0)]
        assert target.proven_ms == START_MS + 5_004

    def test_outdated_answers_are_no_restart_with_a_trade_that_they_do_not_know(self) -> None:
        target = sequence(at(5_000))
        target.on_trade(trade(4_995, LATER_MS))
        newest(target, 4_990)
        assert newest(target, 4_990) == []
        assert refused(newest(target, 5_000)) == [("duplicate", 4_995)]

    def test_ids_that_pass_ours_before_the_next_answer_leave_the_seconds_unknown(self) -> None:
        target = sequence(at(6))
        newest(target, 6, START_MS + 500)
        outputs = [
            out for i in range(12) for out in target.on_trade(trade(i, START_MS + 1_100 + i))
        ]
        assert outputs == []
        outputs = newest(target, 11, START_MS + 2_000)
        assert {one for _, one in refused(outputs)} == {0, 1, 2, 3, 4, 5, 6}
        assert released(outputs)[0] == (7, None)
        assert [o.event_time_ms for o in outputs if isinstance(o, UnknownMarker)] == [
            START_MS + 500
        ]
        assert released(target.on_trade(trade(12, START_MS + 3_100))) == [(12, 0)]

    def test_ids_that_just_reach_ours_leave_the_seconds_unknown_too(self) -> None:
        target = sequence(at(6))
        newest(target, 6, START_MS + 500)
        target.on_trade(trade(3, START_MS + 1_100))
        outputs = newest(target, 6, START_MS + 1_300)
        assert [o.event_time_ms for o in outputs if isinstance(o, UnknownMarker)] == [
            START_MS + 500,
            START_MS + 1_000,
        ]
        assert released(target.on_trade(trade(7, START_MS + 3_100))) == [(7, 0)]

    def test_an_answer_from_before_the_new_trades_neither_refuses_them_nor_proves(self) -> None:
        target = sequence(at(6))
        newest(target, 6, START_MS + 500)
        target.on_trade(trade(5, START_MS + 1_100))
        target.on_trade(trade(6, START_MS + 1_300))
        assert newest(target, 6, START_MS + 1_299) == []
        assert (target.proven_ms, target.holding) == (START_MS + 500, True)
        outputs = newest(target, 6, START_MS + 1_300)
        assert refused(outputs) == [("duplicate", 5), ("duplicate", 6)]
        assert events(outputs) == [("ids_doubted", None, None)]

    def test_a_gap_that_is_left_releases_no_later_trade_without_a_doubt(self) -> None:
        target = sequence(at(10), allowed=0)
        target.on_trade(trade(9, START_MS + 500))
        outputs = target.on_trade(trade(12, START_MS + 900))
        assert refused(outputs) == [("duplicate", 9)]
        assert released(outputs) == [(12, None)]
        (doubt,) = [o for o in outputs if isinstance(o, FeedEvent) and o.event == "ids_doubted"]
        assert (doubt.from_time_ms, doubt.to_time_ms) == (START_MS + 10, START_MS + 900)

    def test_a_gap_that_is_left_releases_earlier_trades_as_ever(self) -> None:
        target = sequence(at(10), allowed=0)
        target.on_trade(trade(9, START_MS + 500))
        outputs = target.on_trade(trade(12, START_MS + 400))
        assert (released(outputs), refused(outputs)) == ([(12, 1)], [])
        assert target.holding

    def test_ids_that_restarted_and_passed_ours_are_followed_from_the_first_one(self) -> None:
        target = sequence(at(100))
        for trade_id, ms in ((97, 200), (98, 300), (99, 400), (102, 700)):
            target.on_trade(trade(trade_id, START_MS + ms))
        newest(target, 99)
        outputs = newest(target, 99)
        assert released(outputs) == [(97, None), (98, 0), (99, 0)]
        assert events(outputs) == [
            ("sequence_reset", 100, 99),
            ("ids_doubted", None, None),
            ("gap_found", 100, 101),
        ]

    def test_while_ids_are_in_doubt_no_time_falls(self) -> None:
        target = sequence(at(6))
        target.on_trade(trade(3, START_MS + 1_100))
        newest(target, 7, START_MS + 1_300)
        assert refused(target.on_trade(trade(7, START_MS + 5))) == [("time_falls", 7)]

    def test_while_ids_are_in_doubt_a_new_trade_with_an_old_id_is_no_repeat(self) -> None:
        target = sequence(at(6))
        target.on_trade(trade(3, START_MS + 1_100))
        newest(target, 7, START_MS + 1_300)
        assert target.is_repeat(4, START_MS + 6)
        assert not target.is_repeat(4, START_MS + 1_400)

    def test_a_doubt_within_one_second_has_no_marker_and_is_told_all_the_same(self) -> None:
        target = sequence(at(6))
        target.on_trade(trade(3, START_MS + 100))
        target.on_trade(trade(7, START_MS + 200))
        outputs = newest(target, 7, START_MS + 300)
        assert not [out for out in outputs if isinstance(out, UnknownMarker)]
        (told,) = [out for out in outputs if isinstance(out, FeedEvent)]
        assert told.event is FeedEventKind.IDS_DOUBTED
        assert (told.from_time_ms, told.to_time_ms) == (START_MS + 6, START_MS + 200)

    def test_a_late_trade_with_the_old_ids_does_not_wait_for_the_answer(self) -> None:
        target = sequence(at(6))
        target.on_trade(trade(0, START_MS + 1_100))
        assert released(target.on_trade(trade(7, START_MS + 1_000))) == [(7, 0)]

    def test_nothing_waits_for_the_answer_when_patience_is_over(self) -> None:
        target = sequence(at(6))
        target.on_trade(trade(3, START_MS + 1_100))
        target.on_trade(trade(7, START_MS + 1_200))
        outputs = target.give_up("too slow", NOW_MS)
        assert refused(outputs) == [("duplicate", 3)]
        assert released(outputs) == [(7, None)]

    def test_nothing_waits_for_the_answer_when_too_many_trades_wait(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(trade_sequence, "MAX_HELD_TRADES", 2)
        target = sequence(at(6))
        target.on_trade(trade(3, START_MS + 6))
        target.on_trade(trade(3, START_MS + 1_100))
        outputs = [o for i in (7, 8, 9) for o in target.on_trade(trade(i, START_MS + 1_200))]
        assert released(outputs) == [(7, None), (8, 0), (9, 0)]

    def test_a_quiet_symbol_restarts_with_its_first_trade(self) -> None:
        target = sequence(at(5_000))
        newest(target, 4, START_MS + 6_000)
        newest(target, 4, START_MS + 6_500)
        assert target.proven_ms == START_MS + 5_000
        outputs = target.on_trade(trade(5, START_MS + 9_100))
        outputs += newest(target, 5, START_MS + 10_000)
        outputs += newest(target, 5, START_MS + 11_000)
        marked = [out.event_time_ms for out in outputs if isinstance(out, UnknownMarker)]
        assert marked == [START_MS + second * 1_000 for second in (5, 6, 7, 8)]
        assert released(outputs) == [(5, None)]
        assert newest(target, 5, START_MS + 12_000) == []
        assert target.proven_ms == START_MS + 12_000

    def test_one_answer_that_is_out_of_date_proves_nothing_and_changes_nothing(self) -> None:
        target = sequence(at(5_000))
        assert newest(target, 4_990) == []
        assert target.proven_ms == START_MS + 5_000
        newest(target, 5_000)
        assert newest(target, 4_990) == []
        assert target.offset() == at(5_000)


class TestAbsurdIds:
    def test_an_id_unknown_to_the_exchange_is_refused_and_the_symbol_continues(self) -> None:
        target = sequence()
        feed(target, 100)
        outputs = target.on_trade(trade(9_000_000_000_000, START_MS + 101))
        assert requests(outputs) == []
        assert released(feed(target, 101)) == [(101, 0)]
        newest(target, 101)
        assert refused(newest(target, 101)) == [("absurd_id", 9_000_000_000_000)]
        assert not target.holding
        assert released(feed(target, 102)) == [(102, 0)]

    def test_without_an_answer_an_absurd_id_is_refused_when_patience_is_over(self) -> None:
        target = sequence()
        feed(target, 100)
        target.on_trade(trade(9_000_000_000_000, START_MS + 101))
        assert refused(target.give_up("too slow", NOW_MS)) == [("absurd_id", 9_000_000_000_000)]

    def test_a_long_gap_is_left_once_the_exchange_confirms_it(self) -> None:
        target = sequence(allowed=100)
        assert released(feed(target, 10, 50_000)) == [(10, None)]
        assert released(newest(target, 50_001)) == [(50_000, 49_989)]


class TestProof:
    def test_a_released_trade_proves_its_own_time(self) -> None:
        target = sequence()
        feed(target, 10)
        assert target.proven_ms == START_MS + 10

    def test_the_exchanges_newest_id_proves_a_quiet_symbol(self) -> None:
        target = sequence()
        feed(target, 10)
        newest(target, 10)
        assert target.proven_ms == LATER_MS

    def test_a_symbol_that_never_traded_is_proven_by_the_exchange(self) -> None:
        target = sequence()
        newest(target, -1)
        assert target.proven_ms == LATER_MS

    def test_a_trade_that_only_the_exchange_has_proves_nothing_until_it_arrives(
        self,
    ) -> None:
        target = sequence()
        feed(target, 10)
        assert newest(target, 11) == []
        assert target.proven_ms == START_MS + 10
        feed(target, 11)
        assert target.proven_ms == LATER_MS

    def test_what_has_not_come_by_the_next_answer_is_fetched_like_any_gap(self) -> None:
        target = sequence()
        feed(target, 10)
        newest(target, 12)
        outputs = newest(target, 13, LATER_MS + 1_000)
        assert events(outputs) == [("gap_found", 11, 12)]
        assert requests(outputs) == [BackfillRequest(SYMBOL, 11, 12)]
        outputs = answer(target, requests(outputs)[0], 11, 12)
        assert released(outputs) == [(11, 0), (12, 0)]
        assert events(outputs) == [("gap_repaired", 11, 12)]
        assert target.proven_ms == START_MS + 12
        feed(target, 13)
        assert target.proven_ms == LATER_MS + 1_000

    def test_an_answer_below_an_earlier_one_proves_nothing(self) -> None:
        target = sequence()
        feed(target, 102)
        newest(target, 105, LATER_MS)
        assert newest(target, 102, LATER_MS + 1_000) == []
        assert target.proven_ms == START_MS + 102
        outputs = newest(target, 105, LATER_MS + 2_000)
        assert requests(outputs) == [BackfillRequest(SYMBOL, 103, 105)]

    def test_an_answer_below_an_id_reported_and_released_since_proves_nothing(self) -> None:
        target = sequence()
        feed(target, 102)
        newest(target, 104, LATER_MS)
        target.on_asked()
        feed(target, 103, 104)
        target.on_newest(103, LATER_MS + 1_000, NOW_MS)
        assert target.proven_ms == LATER_MS

    def test_an_answer_below_a_trade_that_waits_behind_a_gap_proves_nothing(self) -> None:
        target = sequence()
        feed(target, 102, 104)
        newest(target, 102)
        assert target.proven_ms == START_MS + 102

    def test_a_reported_id_that_does_not_exist_is_refuted_by_later_trades_below_it(
        self,
    ) -> None:
        target = sequence()
        feed(target, 102)
        newest(target, 9_000, LATER_MS)
        newest(target, 102, LATER_MS + 1_000)
        assert released([*target.on_trade(trade(103, LATER_MS + 90_000))]) == [(103, 0)]
        newest(target, 103, LATER_MS + 91_000)
        assert target.proven_ms == LATER_MS + 91_000

    def test_answers_below_a_refused_trade_prove_nothing_until_a_later_trade_refutes_it(
        self,
    ) -> None:
        target = sequence()
        feed(target, 102, 104)
        newest(target, 102)
        assert refused(newest(target, 102)) == [("absurd_id", 104)]
        newest(target, 102)
        assert target.proven_ms == START_MS + 102
        target.on_trade(trade(103, START_MS + 105))
        newest(target, 103)
        assert target.proven_ms == LATER_MS

    def none_lately(
        self, target: TradeSequence, as_of_ms: int, vouched_ms: int = 0
    ) -> list[Output]:
        target.on_asked()
        return target.on_none_lately(as_of_ms, vouched_ms, NOW_MS)

    def test_a_day_without_a_trade_is_no_restart_and_is_still_proven(self) -> None:
        target = sequence(at(5_000))
        newest(target, 5_000, START_MS + DAY_MS - 1_000)
        for second in range(3):
            as_of_ms = START_MS + DAY_MS + 10_000 + second * 1_000
            assert self.none_lately(target, as_of_ms) == []
            assert target.proven_ms == as_of_ms
        assert target.offset() == at(5_000)

    def test_a_day_without_a_trade_proves_nothing_when_our_last_one_is_younger(self) -> None:
        target = sequence(at(5_000))
        assert self.none_lately(target, START_MS + 3_600_000) == []
        assert target.proven_ms == START_MS + 5_000

    def test_a_day_without_a_trade_proves_nothing_when_the_time_before_is_unknown(self) -> None:
        target = sequence(at(5_000))
        as_of_ms = START_MS + 2 * DAY_MS
        self.none_lately(target, as_of_ms, vouched_ms=START_MS + DAY_MS)
        assert target.proven_ms == START_MS + 5_000
        self.none_lately(target, as_of_ms, vouched_ms=START_MS + 2 * DAY_MS - 5_000)
        assert target.proven_ms == as_of_ms

    def test_a_day_without_a_trade_proves_nothing_when_a_later_id_was_reported(self) -> None:
        target = sequence(at(5_000))
        newest(target, 5_001, START_MS + DAY_MS - 1_000)
        assert self.none_lately(target, START_MS + DAY_MS + 10_000) == []
        assert target.proven_ms == START_MS + 5_000

    def test_a_live_trade_also_closes_a_gap_at_the_trailing_edge(self) -> None:
        target = sequence()
        feed(target, 10)
        newest(target, 11)
        newest(target, 11)
        outputs = feed(target, 11)
        assert released(outputs) == [(11, 0)]
        assert events(outputs) == [("gap_repaired", 11, 11)]

    def test_while_trades_are_held_time_stands_at_the_last_released_one(self) -> None:
        target = sequence()
        feed(target, 10, 14)
        assert target.proven_ms == START_MS + 10

    def test_after_a_restart_time_stands_at_the_stored_offset(self) -> None:
        assert sequence(at(10)).proven_ms == START_MS + 10


def test_every_output_names_the_market_and_symbol() -> None:
    outputs = feed(sequence(allowed=0), 10, 3_000)
    named = [out for out in outputs if isinstance(out, FeedEvent | GapMarker | Trade)]
    assert {(output.market, output.symbol) for output in named} == {(MARKET, SYMBOL)}
    assert FeedEventKind.GAP_LEFT in {o.event for o in outputs if isinstance(o, FeedEvent)}
