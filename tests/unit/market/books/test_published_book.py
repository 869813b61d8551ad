"""What each diff, snapshot and check of a book becomes: records, levels, feed events."""

from dataclasses import replace

import pytest

from market.books.checks import BookTicker
from market.books.depth_updates import DepthDiff
from market.books.events import BookEvents, Moment
from market.books.published_book import Output, PublishedBook
from market.books.records import DiffRecord, SnapshotRecord, TopRecord, UnsyncedMarker
from market.books.timeline import TimelineOffset
from market.dictionary.feed_events import FeedEvent
from tests.support.depth import ASKS, BIDS, SYMBOL, TIME_MS, snapshot, spot

NOW = TIME_MS + 5


def new(offset: TimelineOffset | None = None) -> PublishedBook:
    events = BookEvents("binance-spot", SYMBOL, "btcusdt@depth@100ms")
    return PublishedBook(events, offset, snapshot_interval_ms=1_000)


def moment(after_ms: int) -> Moment:
    return Moment(TIME_MS + after_ms, NOW)


def take(book: PublishedBook, *diffs: DepthDiff) -> list[Output]:
    return [output for diff in diffs for output in book.on_diff(diff, NOW)]


@pytest.fixture
def book() -> PublishedBook:
    """A book that is live at update id 10, from 10 ms after `TIME_MS` on."""
    live = new()
    live.begin(TIME_MS, NOW)
    live.on_snapshot(snapshot(9), moment(0))
    live.on_diff(spot(10, 10, {100: 7}), NOW)
    return live


def tops(outputs: list[Output]) -> list[tuple[int, int | str]]:
    """Give time after `TIME_MS` and update id, or why the book is unknown."""
    return [
        (
            output.event_time_ms - TIME_MS,
            output.top.last_update_id if isinstance(output, TopRecord) else output.reason,
        )
        for output in outputs
        if isinstance(output, TopRecord | UnsyncedMarker)
    ]


def levels(outputs: list[Output]) -> list[int]:
    return [
        output.event_time_ms - TIME_MS for output in outputs if isinstance(output, SnapshotRecord)
    ]


def events(outputs: list[Output]) -> list[FeedEvent]:
    return [output for output in outputs if isinstance(output, FeedEvent)]


def reported(outputs: list[Output]) -> list[str]:
    return [event.event.value for event in events(outputs)]


class TestBecomingKnown:
    def test_a_new_book_is_unknown_from_the_first_proven_time_on(self) -> None:
        assert tops(new().begin(TIME_MS, NOW)) == [(0, "")]

    def test_buffered_diffs_are_reported_with_the_levels_when_the_snapshot_comes(self) -> None:
        book = new()
        book.begin(TIME_MS, NOW)
        assert take(book, spot(10, 10), spot(11, 12)) == []
        outputs = book.on_snapshot(snapshot(9), moment(20))
        assert tops(outputs) == [(10, 10), (12, 12)]
        assert levels(outputs) == [12]
        assert reported(outputs) == []

    def test_a_quiet_book_is_known_from_a_time_reported_after_its_snapshot(self) -> None:
        book = new()
        book.begin(TIME_MS, NOW)
        assert book.on_snapshot(snapshot(9), moment(0)) == []
        assert tops(book.settle(TIME_MS + 3_000, NOW)) == [(1_000, ""), (2_000, ""), (3_000, "")]
        assert book.needs_date
        book.date(TIME_MS + 3_500)
        assert not book.needs_date
        assert tops(book.settle(TIME_MS + 3_400, NOW)) == []
        outputs = book.settle(TIME_MS + 4_000, NOW)
        assert tops(outputs) == [(4_000, ""), (4_000, 9)]
        assert levels(outputs) == [4_000]
        known = [one.value() for one in outputs if isinstance(one, TopRecord | SnapshotRecord)]
        assert len(known) == 2
        assert not any("quote_time_ms" in value for value in known)

    def test_a_diff_dates_a_quiet_book_before_time_does(self, book: PublishedBook) -> None:
        assert tops(take(book, spot(11, 11))) == [(11, 11)]
        assert not book.needs_date
        assert tops(book.settle(TIME_MS + 2_000, NOW)) == [(1_000, 11), (2_000, 11)]

    def test_a_snapshot_that_is_too_old_leaves_the_book_waiting(self) -> None:
        book = new()
        take(book, spot(20, 25))
        assert book.on_snapshot(snapshot(9), moment(0)) == []
        assert book.needs_snapshot


class TestLevels:
    def test_levels_are_those_before_the_diff_that_crosses_the_boundary(
        self, book: PublishedBook
    ) -> None:
        outputs = take(book, spot(11, 1_500, {100: 9}))
        (record,) = (output for output in outputs if isinstance(output, SnapshotRecord))
        assert record.event_time_ms == TIME_MS + 1_000
        assert record.levels.last_update_id == 10
        assert record.levels.bid_sizes[0] == "7.00000000"

    def test_levels_of_a_quiet_second_are_reported_when_it_is_settled(
        self, book: PublishedBook
    ) -> None:
        assert levels(book.settle(TIME_MS + 999, NOW)) == []
        assert levels(book.settle(TIME_MS + 1_000, NOW)) == [1_000]
        assert levels(take(book, spot(11, 1_500))) == []

    def test_a_lost_book_has_no_levels(self, book: PublishedBook) -> None:
        book.on_disconnected(moment(500))
        assert levels(book.settle(TIME_MS + 3_000, NOW)) == []


class TestLoss:
    def test_a_gap_makes_the_book_unknown_since_the_last_diff(self, book: PublishedBook) -> None:
        outputs = take(book, spot(20, 30))
        assert tops(outputs) == [(10, "gap")]
        (begun,) = events(outputs)
        assert begun.event == "resync_begun"
        assert (begun.from_id, begun.to_id) == (11, 19)
        assert (begun.from_time_ms, begun.to_time_ms) == (TIME_MS + 10, TIME_MS + 30)
        assert book.is_lost

    def test_only_the_first_of_several_losses_is_reported(self, book: PublishedBook) -> None:
        take(book, spot(20, 30))
        assert take(book, spot(40, 50)) == []
        assert book.on_disconnected(moment(60)) == []

    def test_the_end_of_a_loss_says_how_long_it_lasted(self, book: PublishedBook) -> None:
        take(book, spot(20, 30))
        outputs = book.on_snapshot(snapshot(19), Moment(TIME_MS + 40, NOW + 1_234))
        (ended,) = events(outputs)
        assert (ended.event, ended.detail) == (
            "resync_ended",
            "the book is known again after 1234 ms",
        )
        assert (ended.from_time_ms, ended.to_time_ms) == (TIME_MS + 10, TIME_MS + 30)
        assert tops(outputs) == [(30, 30)]
        assert not book.is_lost

    def test_a_cut_connection_makes_it_unknown_since_the_proven_time_minus_the_margin(
        self, book: PublishedBook
    ) -> None:
        outputs = book.on_disconnected(moment(1_200))
        assert tops(outputs) == [(700, "disconnected")]
        assert reported(outputs) == ["resync_begun"]

    def test_a_cut_connection_leaves_it_known_up_to_its_last_diff(
        self, book: PublishedBook
    ) -> None:
        assert tops(book.on_disconnected(moment(300))) == [(10, "disconnected")]

    def test_one_not_proven_in_time_is_unknown_since_the_proven_time_minus_the_margin(
        self, book: PublishedBook
    ) -> None:
        assert tops(book.on_unproven("nothing comes", moment(1_200))) == [(700, "unproven")]

    def test_a_crossed_book_is_unknown_since_the_diff_that_crossed_it(
        self, book: PublishedBook
    ) -> None:
        assert tops(take(book, spot(11, 20, {105: 1}))) == [(20, "crossed")]

    @pytest.mark.parametrize("early_ms", [5_100, 15_000])
    def test_a_change_dated_long_before_what_is_settled_makes_it_unknown_from_then(
        self, book: PublishedBook, early_ms: int
    ) -> None:
        book.settle(TIME_MS + 20_000, NOW)
        outputs = take(book, replace(spot(11, 11), event_time_ms=TIME_MS + 20_000 - early_ms))
        assert tops(outputs)[0] == (20_000 - early_ms, "bad_time")
        assert tops(outputs)[-1] == (20_000, "")
        assert reported(outputs) == ["resync_begun"]
        assert not book.is_known

    def test_a_change_that_a_load_spike_published_late_is_dated_back(
        self, book: PublishedBook
    ) -> None:
        book.settle(TIME_MS + 20_000, NOW)
        outputs = take(book, replace(spot(11, 11), event_time_ms=TIME_MS + 15_100))
        assert tops(outputs)[:2] == [(15_100, 11), (16_000, 11)]

    def test_a_time_long_past_retracts_no_more_than_could_have_been_reported_ahead(
        self, book: PublishedBook
    ) -> None:
        take(book, spot(11, 200_000))
        book.settle(TIME_MS + 200_500, NOW)
        take(book, replace(spot(200_001, 200_001), event_time_ms=TIME_MS + 201_000))
        stray = replace(spot(200_002, 200_002), event_time_ms=0)
        outputs = take(book, stray)
        assert tops(outputs)[0] == (140_000, "bad_time")
        assert reported(outputs) == ["resync_begun"]
        assert {type(one) for one in outputs} == {UnsyncedMarker, FeedEvent}
        assert tops(book.settle(TIME_MS + 202_000, NOW)) == [(201_000, ""), (202_000, "")]

    def test_a_book_that_was_never_known_has_nothing_to_retract(self) -> None:
        book = new()
        book.begin(TIME_MS, NOW)
        take(book, spot(10, 10))
        assert take(book, spot(20, 20)) == []
        assert book.on_disconnected(moment(30)) == []

    def test_a_side_without_a_level_is_unknown_but_not_lost(self) -> None:
        book = new()
        book.begin(TIME_MS, NOW)
        book.on_snapshot(snapshot(9, {100: 1}, {101: 1}, limit=10), moment(0))
        assert tops(take(book, spot(10, 10, {100: 0}))) == [(10, "one_sided")]
        assert tops(take(book, spot(11, 12, {99: 4}))) == [(12, 12)]
        assert not book.needs_snapshot


class TestChecks:
    def ticker(self, update_id: int, bid_size: str) -> BookTicker:
        return BookTicker.from_wire(update_id, "100.00", bid_size, "101.00", "1")

    def test_equal_best_prices_say_nothing(self, book: PublishedBook) -> None:
        assert book.on_ticker(self.ticker(10, "7"), moment(20)) == []

    def test_best_prices_of_another_update_say_nothing(self, book: PublishedBook) -> None:
        assert book.on_ticker(self.ticker(11, "99"), moment(20)) == []

    def test_different_best_prices_discard_the_book(self, book: PublishedBook) -> None:
        outputs = book.on_ticker(self.ticker(10, "8"), moment(20))
        assert tops(outputs) == [(10, "mismatch")]
        assert reported(outputs) == ["book_mismatch", "resync_begun"]
        assert (
            "expected 100.00000000 x 8.00000000, found 100.00000000 x 7.00000000"
            in events(outputs)[0].detail
        )
        assert book.needs_snapshot

    def test_an_audit_reports_the_share_that_matched(self, book: PublishedBook) -> None:
        assert not book.needs_snapshot
        book.request_audit()
        assert book.needs_snapshot
        outputs = book.on_snapshot(snapshot(10, {**BIDS, 100: 7}), moment(30))
        (audited,) = events(outputs)
        assert audited.event == "book_audited"
        assert audited.detail.startswith("100.0000 % of ")
        assert (audited.from_id, audited.to_id) == (10, 10)

    def test_an_audit_that_finds_a_difference_is_a_mismatch_too(self, book: PublishedBook) -> None:
        book.request_audit()
        outputs = book.on_snapshot(snapshot(10, BIDS, {**ASKS, 101: 3}), moment(30))
        assert reported(outputs) == ["book_audited", "book_mismatch"]
        assert not book.needs_snapshot

    def test_silent_diffs_make_it_unknown_since_the_last_one_and_no_snapshot_helps(
        self, book: PublishedBook
    ) -> None:
        outputs = book.on_silence("best bid and ask moved on", moment(3_000))
        assert tops(outputs) == [(10, "silent")]
        assert not book.needs_snapshot
        take(book, spot(40, 3_100))
        assert book.needs_snapshot


class TestHolding:
    def belated(self, update_id: int) -> BookTicker:
        return BookTicker.from_wire(update_id, "100.00", "7", "101.00", "1")

    def test_late_best_prices_do_not_end_the_wait_for_a_diff_that_could_not_be_read(
        self, book: PublishedBook
    ) -> None:
        book.on_refused_diff()
        for update_id in (9, 9, 10, 10):
            book.on_ticker(self.belated(update_id), moment(20))
        assert book.held_ms == TIME_MS + 10
        take(book, spot(11, 11))
        assert book.held_ms is None

    def test_late_best_prices_do_not_end_the_wait_for_those_that_are_ahead(
        self, book: PublishedBook
    ) -> None:
        for update_id in (12, 9, 10):
            book.on_ticker(self.belated(update_id), moment(20))
        assert book.held_ms == TIME_MS + 10
        take(book, spot(11, 11))
        assert book.held_ms == TIME_MS + 11

    def test_a_replay_of_a_diff_does_not_end_the_wait(self, book: PublishedBook) -> None:
        book.on_refused_diff()
        take(book, spot(10, 10, {100: 7}))
        assert book.held_ms == TIME_MS + 10

    def test_best_prices_do_not_end_the_wait_for_what_a_snapshot_showed(
        self, book: PublishedBook
    ) -> None:
        book.request_audit()
        book.on_snapshot(snapshot(12, {**BIDS, 100: 7, 99: 8}), moment(20))
        for update_id in (10, 11, 11):
            book.on_ticker(self.belated(update_id), moment(20))
        assert book.held_ms == TIME_MS + 10
        take(book, spot(11, 11, {99: 7}))
        assert book.held_ms == TIME_MS + 11
        take(book, spot(12, 12, {99: 8}))
        assert book.held_ms is None

    def test_a_diff_that_brings_all_that_a_snapshot_showed_ends_the_wait_whatever_its_id(
        self, book: PublishedBook
    ) -> None:
        book.request_audit()
        book.on_snapshot(snapshot(50, {**BIDS, 100: 7, 99: 8}), moment(20))
        assert book.held_ms == TIME_MS + 10
        take(book, spot(11, 11, {99: 8}))
        assert book.held_ms is None

    def test_a_book_that_became_known_after_a_diff_that_could_not_be_read_is_held(self) -> None:
        book = new()
        book.begin(TIME_MS, NOW)
        take(book, spot(10, 10))
        book.on_refused_diff()
        book.on_snapshot(snapshot(9), moment(20))
        assert book.held_ms == TIME_MS + 10


def test_after_a_restart_the_book_is_unknown_since_the_last_record() -> None:
    book = new(TimelineOffset(41, TIME_MS - 3_000))
    (record,) = book.begin(TIME_MS, NOW)
    assert isinstance(record, UnsyncedMarker)
    assert (record.book_sequence, record.event_time_ms) == (42, TIME_MS - 3_000)
    assert book.offset.book_sequence == 42


def test_a_diffs_wire_form_holds_what_was_received() -> None:
    levels = [("100.10", "7"), ("100.00", "0.000")]
    value = DiffRecord("binance-usdm", SYMBOL, 20, 30, 9, TIME_MS, levels, [], NOW).value()
    assert value["bid_prices"] == ["100.10", "100.00"]
    assert value["bid_sizes"] == ["7", "0.000"]
    assert value["ask_prices"] == []
    assert value["previous_update_id"] == 9
    plain = DiffRecord("binance-spot", SYMBOL, 20, 30, None, TIME_MS, levels, [], NOW)
    assert "previous_update_id" not in plain.value()
    assert plain.key() == "binance-spot|BTCUSDT"
