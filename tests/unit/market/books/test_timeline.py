"""A book at each instant, reported so that each second can be computed from its own records."""

from dataclasses import replace

from market.books.records import BookRecord, TopRecord
from market.books.timeline import MAX_BOUNDARIES, BookTimeline, TimelineOffset
from market.books.tops import BookTop, SideTop

SIDE = SideTop(100, 5, None, None, None, None, None)
NOW = 9


def top(update_id: int, event_time_ms: int) -> BookTop:
    return BookTop(update_id, event_time_ms, event_time_ms, SIDE, replace(SIDE, price_e8=101))


def reported(records: list[BookRecord]) -> list[tuple[int, int | str]]:
    """Give time and update id of each record, or why the book is unknown."""
    return [
        (
            record.event_time_ms,
            record.top.last_update_id if isinstance(record, TopRecord) else record.reason,
        )
        for record in records
    ]


def running(proven_ms: int = 10_200) -> BookTimeline:
    timeline = BookTimeline("binance-spot", "BTCUSDT", None)
    assert reported(timeline.begin(proven_ms, NOW)) == [(proven_ms, "")]
    return timeline


def test_a_change_is_reported_with_its_own_time() -> None:
    assert reported(running().on_top(top(7, 10_300), NOW)) == [(10_300, 7)]


def test_each_second_begins_with_what_held_before() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    assert reported(timeline.on_top(top(8, 12_400), NOW)) == [(11_000, 7), (12_000, 7), (12_400, 8)]


def test_a_change_at_a_boundary_begins_the_second_itself() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    assert reported(timeline.on_top(top(8, 11_000), NOW)) == [(11_000, 8)]
    assert reported(timeline.settle(11_900, NOW)) == []


def test_a_quiet_second_is_reported_when_its_start_is_settled() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    assert reported(timeline.settle(10_999, NOW)) == []
    assert reported(timeline.settle(12_100, NOW)) == [(11_000, 7), (12_000, 7)]
    assert reported(timeline.settle(12_100, NOW)) == []


def test_a_book_that_is_lost_is_unknown_from_the_last_known_change_on() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    timeline.settle(12_100, NOW)
    lost = timeline.on_unknown(10_300, "gap", NOW)
    assert reported(lost) == [(10_300, "gap"), (11_000, ""), (12_000, "")]
    assert reported(timeline.settle(13_000, NOW)) == [(13_000, "")]


def test_a_late_change_is_repeated_at_the_boundaries_after_it() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    timeline.settle(12_100, NOW)
    assert reported(timeline.on_top(top(8, 11_500), NOW)) == [(11_500, 8), (12_000, 8)]


def test_of_what_a_snapshot_made_known_only_the_unsettled_part_is_reported() -> None:
    timeline = running()
    timeline.settle(11_200, NOW)
    known = [top(5, 10_900), top(6, 11_100), top(7, 11_400)]
    assert reported(timeline.on_synced(known, NOW)) == [(11_200, 6), (11_400, 7)]
    assert reported(timeline.on_synced([], NOW)) == []


def test_a_quiet_book_becomes_known_at_the_settled_instant() -> None:
    timeline = running()
    timeline.settle(11_200, NOW)
    assert reported(timeline.on_synced([top(5, 4_000)], NOW)) == [(11_200, 5)]


def test_sequences_grow_by_one_and_continue_after_a_restart() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    timeline.settle(11_100, NOW)
    assert timeline.offset == TimelineOffset(3, 11_100)
    successor = BookTimeline("binance-spot", "BTCUSDT", timeline.offset)
    records = successor.begin(12_500, NOW) + successor.settle(12_500, NOW)
    assert reported(records) == [(11_100, "restarted"), (12_000, "")]
    assert [record.book_sequence for record in records] == [4, 5]


def test_a_time_that_runs_backwards_does_not_undo_a_newer_change() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    assert reported(timeline.on_top(top(8, 10_250), NOW)) == [(10_300, 8)]


def test_a_long_outage_is_reported_for_its_last_hour_only() -> None:
    timeline = running()
    records = timeline.settle(100_000_000, NOW)
    assert len(records) == MAX_BOUNDARIES
    assert records[-1].event_time_ms == 100_000_000


def test_the_wire_form_says_what_holds_and_since_when() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    (record,) = timeline.settle(11_000, NOW)
    value = record.value()
    assert (value["kind"], value["event_time_ms"], value["quote_time_ms"]) == (
        "top",
        11_000,
        10_300,
    )
    assert (value["bid_price"], value["ask_price"]) == ("0.00000100", "0.00000101")
    (lost,) = timeline.on_unknown(11_500, "crossed", NOW)
    assert lost.value()["reason"] == "crossed"
    assert "bid_price" not in lost.value()


def test_after_a_restart_with_a_clock_that_is_behind_it_is_unknown_from_what_was_written() -> None:
    timeline = BookTimeline("binance-spot", "BTCUSDT", TimelineOffset(7, 99_000_000))
    (record,) = timeline.begin(10_200, NOW)
    assert (record.event_time_ms, record.book_sequence) == (99_000_000, 8)


def test_a_loss_long_ago_is_rewritten_for_the_last_hour_only() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    timeline.settle(100_000_000, NOW)
    lost = timeline.on_unknown(10_300, "gap", NOW)
    assert len(lost) == 1 + MAX_BOUNDARIES
    assert lost[-1].event_time_ms == 100_000_000


def test_what_is_retracted_is_written_again_as_unknown_instant_by_instant() -> None:
    timeline = running()
    for update_id, time_ms in ((7, 10_300), (8, 10_700), (9, 11_400)):
        timeline.on_top(top(update_id, time_ms), NOW)
    timeline.settle(11_000, NOW)
    assert reported(timeline.retract(10_300, "mismatch", 11_500, NOW)) == [
        (10_300, "mismatch"),
        (10_700, ""),
        (11_000, ""),
        (11_400, ""),
    ]


def test_what_is_retracted_long_before_the_settled_time_is_written_again_once() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    timeline.settle(13_000, NOW)
    lost = timeline.retract(10_300, "bad_time", 0, NOW)
    assert reported(lost) == [(10_300, "bad_time"), (11_000, ""), (12_000, ""), (13_000, "")]
    assert timeline.offset.written_ms == 13_000
    assert reported(timeline.settle(14_000, NOW)) == [(14_000, "")]


def test_a_change_reported_for_a_wrong_time_does_not_move_the_later_ones() -> None:
    timeline = running()
    timeline.on_top(top(7, 10_300), NOW)
    timeline.on_top(top(8, 13_500), NOW)
    records = timeline.retract(10_300, "bad_time", 10_800, NOW)
    assert reported(records) == [
        (10_300, "bad_time"),
        (11_000, ""),
        (12_000, ""),
        (13_000, ""),
        (13_500, ""),
    ]
    assert reported(timeline.on_top(top(9, 10_900), NOW)) == [(10_900, 9)]
    assert reported(timeline.settle(11_000, NOW)) == [(11_000, 9)]


def test_a_book_is_not_reported_for_times_settled_while_it_was_unknown() -> None:
    timeline = running()
    timeline.settle(12_000, NOW)
    assert reported(timeline.on_top(top(7, 11_500), NOW)) == [(12_000, 7)]
    assert reported(timeline.on_top(top(8, 11_900), NOW)) == [(12_000, 8)]
    assert reported(timeline.on_top(top(9, 12_100), NOW)) == [(12_100, 9)]
