from dataclasses import replace

import pytest

from market.books import kept_diffs
from market.books.decisions import (
    Applied,
    Buffered,
    Decision,
    Ignored,
    Refetch,
    Resync,
    ResyncReason,
    Synced,
)
from market.books.depth_updates import DepthDiff
from market.books.scaled_decimals import SCALE
from market.books.sync import BookState, BookSync
from tests.support.depth import SYMBOL, TIME_MS, snapshot, spot, usdm


def feed(sync: BookSync, *diffs: DepthDiff) -> list[Decision]:
    return [sync.on_diff(diff) for diff in diffs]


def live(at: int = 10) -> BookSync:
    """A spot book that is live at an update id, with one diff applied."""
    sync = BookSync(SYMBOL)
    sync.on_snapshot(snapshot(at - 1))
    sync.on_diff(spot(at, at))
    assert sync.state is BookState.LIVE
    return sync


def top_ids(decision: Decision) -> list[int]:
    assert isinstance(decision, Synced)
    return [top.last_update_id for top in decision.tops]


def reason(decision: Decision) -> ResyncReason:
    assert isinstance(decision, Resync)
    return decision.reason


class TestBeginning:
    def test_a_new_book_waits_and_needs_a_snapshot(self) -> None:
        sync = BookSync(SYMBOL)
        assert (sync.state, sync.book, sync.needs_snapshot) == (BookState.AWAITING, None, True)

    def test_diffs_are_buffered_until_the_snapshot_comes(self) -> None:
        sync = BookSync(SYMBOL)
        assert feed(sync, spot(5, 7), spot(8, 10)) == [Buffered(1), Buffered(2)]
        assert (sync.state, sync.needs_snapshot) == (BookState.BUFFERING, True)

    def test_buffered_diffs_after_the_snapshot_are_applied_and_each_gives_a_top(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, spot(5, 7, {100: 50}), spot(8, 10, {99: 60}), spot(11, 12, {98: 70}))
        assert top_ids(sync.on_snapshot(snapshot(8))) == [10, 12]
        assert (sync.state, sync.needs_snapshot) == (BookState.LIVE, False)
        assert sync.book is not None
        assert [size // SCALE for _, size in sync.book.levels(3)[0]] == [1, 60, 70]

    def test_a_snapshot_that_ends_with_a_buffered_diff_has_its_time(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, spot(5, 7))
        decision = sync.on_snapshot(snapshot(7))
        assert isinstance(decision, Synced)
        assert [top.event_time_ms for top in decision.tops] == [TIME_MS + 7]

    def test_a_snapshot_before_any_diff_begins_a_book_whose_time_is_unknown(self) -> None:
        sync = BookSync(SYMBOL)
        assert top_ids(sync.on_snapshot(snapshot(7))) == []
        assert sync.state is BookState.LIVE
        assert isinstance(sync.on_diff(spot(8, 9)), Applied)

    @pytest.mark.parametrize("snapshot_id", [2, 3])
    def test_a_snapshot_older_than_the_first_buffered_diff_is_fetched_again(
        self, snapshot_id: int
    ) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, spot(5, 7))
        decision = sync.on_snapshot(snapshot(snapshot_id))
        assert isinstance(decision, Refetch)
        assert f"{SYMBOL}: the snapshot at update id {snapshot_id}" in decision.detail
        assert sync.needs_snapshot
        assert sync.on_diff(spot(8, 9)) == Buffered(2)

    def test_a_snapshot_that_ends_right_before_the_first_buffered_diff_is_joined(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, spot(5, 7))
        assert top_ids(sync.on_snapshot(snapshot(4))) == [7]

    def test_a_gap_restarts_the_buffer(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, spot(5, 7))
        assert reason(sync.on_diff(spot(9, 10))) is ResyncReason.GAP
        assert sync.state is BookState.BUFFERING
        assert isinstance(sync.on_snapshot(snapshot(6)), Refetch)
        assert top_ids(sync.on_snapshot(snapshot(8))) == [10]

    def test_a_replay_is_not_buffered_again(self) -> None:
        sync = BookSync(SYMBOL)
        assert feed(sync, spot(5, 7), spot(5, 7)) == [Buffered(1), Ignored(7)]

    def test_a_full_buffer_starts_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept_diffs, "MAX_KEPT_DIFFS", 2)
        sync = BookSync(SYMBOL)
        decisions = feed(sync, spot(5, 5), spot(6, 6), spot(7, 7))
        assert reason(decisions[-1]) is ResyncReason.OVERFLOW
        assert isinstance(sync.on_snapshot(snapshot(5)), Refetch)
        assert top_ids(sync.on_snapshot(snapshot(6))) == [7]

    def test_a_crossed_snapshot_is_not_published(self) -> None:
        sync = BookSync(SYMBOL)
        assert reason(sync.on_snapshot(snapshot(7, bids={102: 1}))) is ResyncReason.CROSSED
        assert (sync.state, sync.book) == (BookState.CROSSED, None)


class TestSpot:
    def test_a_consecutive_diff_is_applied_and_gives_the_top(self) -> None:
        decision = live().on_diff(spot(11, 13, {100: 9}))
        assert isinstance(decision, Applied)
        assert decision.top is not None
        assert decision.top.last_update_id == 13
        assert decision.top.bid.size_e8 == 9 * SCALE

    def test_a_replay_changes_nothing(self) -> None:
        sync = live()
        assert sync.book is not None
        before = sync.book.digest()
        assert sync.on_diff(spot(8, 10, {100: 9})) == Ignored(10)
        assert sync.book.digest() == before

    def test_a_diff_that_overlaps_is_applied(self) -> None:
        sync = live()
        assert isinstance(sync.on_diff(spot(9, 12, {100: 9})), Applied)
        assert isinstance(sync.on_diff(spot(13, 13)), Applied)

    def test_a_gap_discards_the_book_and_says_what_was_expected_and_found(self) -> None:
        sync = live()
        decision = sync.on_diff(spot(12, 14))
        assert decision == Resync(
            ResyncReason.GAP,
            f"{SYMBOL} at update id 10: gap: expected a diff that continues update id 10, "
            "found 12 to 14 after 11; waiting for a new snapshot",
            after_id=10,
            found_id=12,
        )
        assert (sync.state, sync.book, sync.needs_snapshot) == (BookState.STALE, None, True)

    def test_the_diff_after_a_gap_is_the_first_of_the_new_buffer(self) -> None:
        sync = live()
        feed(sync, spot(12, 14), spot(15, 16))
        assert isinstance(sync.on_snapshot(snapshot(10)), Refetch)
        assert sync.state == "stale"
        assert top_ids(sync.on_snapshot(snapshot(11))) == [14, 16]
        assert sync.state == "live"

    def test_a_crossed_book_is_discarded(self) -> None:
        sync = live()
        decision = sync.on_diff(spot(11, 11, {101: 5}))
        assert reason(decision) is ResyncReason.CROSSED
        assert isinstance(decision, Resync)
        assert "best bid 101.00000000, best ask 101.00000000" in decision.detail
        assert (sync.state, sync.book) == (BookState.CROSSED, None)
        assert isinstance(sync.on_diff(spot(12, 12)), Buffered)
        assert top_ids(sync.on_snapshot(snapshot(12))) == [12]

    def test_a_lost_connection_discards_the_book(self) -> None:
        sync = live()
        assert reason(sync.on_disconnected()) is ResyncReason.DISCONNECTED
        assert (sync.state, sync.book, sync.needs_snapshot) == (BookState.STALE, None, True)

    def test_an_unrequested_snapshot_of_a_live_book_changes_nothing(self) -> None:
        sync = live()
        assert sync.on_snapshot(snapshot(30, bids={90: 1})) == Ignored(10)


class TestUsdm:
    def test_a_snapshot_in_the_gap_before_a_diff_is_joined(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, usdm(10, 150, 160), usdm(160, 300, 310))
        assert top_ids(sync.on_snapshot(snapshot(100))) == [160, 310]

    def test_a_snapshot_inside_a_diff_is_joined(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, usdm(10, 150, 160, {100: 9}))
        assert top_ids(sync.on_snapshot(snapshot(155))) == [160]

    def test_a_snapshot_before_the_gap_is_fetched_again(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, usdm(10, 150, 160))
        assert isinstance(sync.on_snapshot(snapshot(9)), Refetch)

    def test_after_the_first_diff_only_the_named_predecessor_counts(self) -> None:
        sync = BookSync(SYMBOL)
        sync.on_snapshot(snapshot(155))
        feed(sync, usdm(10, 150, 160))
        assert isinstance(sync.on_diff(usdm(160, 300, 310)), Applied)
        assert reason(sync.on_diff(usdm(305, 311, 320))) is ResyncReason.GAP

    def test_consecutive_ids_do_not_hide_a_gap(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, usdm(10, 150, 160))
        assert reason(sync.on_diff(usdm(159, 161, 170))) is ResyncReason.GAP


class TestWhatADiffShows:
    """Asked before it is taken; it must agree with what taking it decides."""

    @pytest.mark.parametrize(
        ("diff", "loss"),
        [
            (spot(11, 12), False),
            (spot(8, 12), False),
            (spot(12, 13), True),
            (spot(9, 10), False),
            (replace(spot(3, 4), event_time_ms=TIME_MS + 6_000), True),
        ],
    )
    def test_a_live_spot_book_was_wrong_before_a_diff_that_it_does_not_continue(
        self, diff: DepthDiff, *, loss: bool
    ) -> None:
        sync = live()
        assert sync.shows_loss(diff) is loss
        assert isinstance(sync.on_diff(diff), Resync) is loss

    @pytest.mark.parametrize(("previous", "loss"), [(160, False), (161, True), (159, True)])
    def test_on_usdm_every_other_predecessor_is_a_loss(self, previous: int, *, loss: bool) -> None:
        sync = BookSync(SYMBOL)
        sync.on_snapshot(snapshot(155))
        feed(sync, usdm(10, 150, 160))
        diff = usdm(previous, 161, 170)
        assert sync.shows_loss(diff) is loss
        assert isinstance(sync.on_diff(diff), Resync) is loss

    def test_a_book_that_is_not_known_cannot_be_wrong(self) -> None:
        assert not BookSync(SYMBOL).shows_loss(spot(5, 7))


class TestDistrust:
    @pytest.mark.parametrize(
        ("why", "state"),
        [(ResyncReason.MISMATCH, BookState.CROSSED), (ResyncReason.SILENT, BookState.STALE)],
    )
    def test_a_book_that_something_else_shows_to_be_wrong_is_discarded(
        self, why: ResyncReason, state: BookState
    ) -> None:
        sync = live()
        resync = sync.distrust(why, "best bid: expected 5, found 4")
        assert (resync.reason, resync.after_id) == (why, 10)
        assert "expected 5, found 4" in resync.detail
        assert (sync.state, sync.book, sync.needs_snapshot) == (state, None, True)


class TestIdsThatBeginAnew:
    def test_a_later_change_with_a_smaller_id_restarts_a_live_book(self) -> None:
        sync = live(5_000)
        fresh = replace(spot(3, 4), event_time_ms=TIME_MS + 6_000)
        assert reason(sync.on_diff(fresh)) is ResyncReason.SEQUENCE_RESET
        assert sync.needs_snapshot
        assert top_ids(sync.on_snapshot(snapshot(3))) == [4]

    def test_a_later_change_with_a_smaller_id_restarts_the_buffer_too(self) -> None:
        sync = BookSync(SYMBOL)
        sync.on_diff(spot(5_000, 5_000))
        fresh = replace(spot(3, 4), event_time_ms=TIME_MS + 6_000)
        assert reason(sync.on_diff(fresh)) is ResyncReason.SEQUENCE_RESET
        assert isinstance(sync.on_snapshot(snapshot(3)), Synced)

    def test_a_replay_is_ignored(self) -> None:
        sync = live(5_000)
        assert isinstance(sync.on_diff(spot(4_990, 4_995)), Ignored)
        assert isinstance(sync.on_diff(spot(5_000, 5_000)), Ignored)
