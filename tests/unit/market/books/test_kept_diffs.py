"""Refreshing a live book without a pause, and what serves a book that was lost meanwhile."""

import pytest

from market.books import kept_diffs
from market.books.decisions import Applied, Ignored, Refetch, ResyncReason, Synced
from market.books.scaled_decimals import SCALE
from market.books.sync import BookState, BookSync
from tests.support.depth import ASKS, BIDS, SYMBOL, TIME_MS, snapshot, spot
from tests.unit.market.books.test_sync import feed, live, reason, top_ids


class TestRefresh:
    def test_a_top_near_the_edge_requests_a_snapshot_and_stays_live(self) -> None:
        sync = live()
        decision = sync.on_diff(spot(11, 11, {100: 0, 99: 0, 98: 0}))
        assert isinstance(decision, Applied)
        assert (sync.state, sync.needs_snapshot) == (BookState.LIVE, True)

    def test_the_new_snapshot_replaces_the_range_and_diffs_since_are_kept(self) -> None:
        sync = live()
        feed(sync, spot(11, 11, {100: 0, 99: 0, 98: 0}), spot(12, 12, {97: 40}))
        bids = {97: 4, 96: 5, 95: 6, 94: 7, 93: 8, 92: 9}
        assert top_ids(sync.on_snapshot(snapshot(11, bids))) == [12]
        assert not sync.needs_snapshot
        assert sync.book is not None
        assert sync.book.bids.edge_price_e8 == 92 * SCALE
        assert sync.book.levels(1)[0] == [(97 * SCALE, 40 * SCALE)]

    def test_tops_published_before_the_snapshot_are_not_repeated(self) -> None:
        sync = live()
        sync.request_snapshot()
        feed(sync, *[spot(at, at) for at in range(11, 15)])
        assert top_ids(sync.on_snapshot(snapshot(11))) == [14]

    def test_the_snapshot_audits_the_book_as_of_its_id(self) -> None:
        sync = live()
        sync.request_snapshot()
        feed(sync, spot(11, 11, {100: 7}), spot(12, 12, {99: 8}))
        decision = sync.on_snapshot(snapshot(11, {**BIDS, 100: 7, 98: 30}))
        assert isinstance(decision, Synced)
        assert decision.audit is not None
        assert (decision.audit.update_id, decision.audit.compared) == (11, 12)
        assert decision.audit.matched == 11

    def test_changes_of_a_diff_that_straddles_the_snapshot_are_not_audited(self) -> None:
        sync = live()
        sync.request_snapshot()
        feed(sync, spot(11, 14, {100: 7}))
        decision = sync.on_snapshot(snapshot(12))
        assert isinstance(decision, Synced)
        assert decision.audit is not None
        assert (decision.audit.compared, decision.audit.matched) == (11, 11)

    def test_a_snapshot_ahead_of_the_book_waits_for_the_diffs_up_to_it(self) -> None:
        sync = live()
        sync.request_snapshot()
        assert sync.on_snapshot(snapshot(12, {**BIDS, 100: 9})) == Ignored(10)
        assert not sync.needs_snapshot
        first = sync.on_diff(spot(11, 11, {99: 8}))
        assert isinstance(first, Applied)
        assert first.audit is None
        second = sync.on_diff(spot(12, 12, {99: 2}))
        assert isinstance(second, Applied)
        assert second.audit is not None
        assert (second.audit.compared, second.audit.matched) == (12, 11)
        assert second.top is not None
        assert second.top.bid.size_e8 == 9 * 10**8

    def test_a_snapshot_ahead_is_forgotten_with_the_book(self) -> None:
        sync = live()
        sync.request_snapshot()
        sync.on_snapshot(snapshot(20))
        sync.on_disconnected()
        assert sync.needs_snapshot
        assert isinstance(sync.on_snapshot(snapshot(30)), Synced)

    def test_a_snapshot_of_an_unchanged_book_keeps_its_time(self) -> None:
        sync = live()
        sync.request_snapshot()
        assert top_ids(sync.on_snapshot(snapshot(10))) == []
        assert sync.book is not None
        top = sync.book.top()
        assert top is not None
        assert top.event_time_ms == TIME_MS + 10

    def test_a_snapshot_from_before_the_request_is_fetched_again(self) -> None:
        sync = live()
        sync.request_snapshot()
        assert isinstance(sync.on_snapshot(snapshot(9)), Refetch)
        assert sync.state is BookState.LIVE

    def test_a_snapshot_that_never_comes_costs_a_bounded_buffer_and_no_pause(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kept_diffs, "MAX_KEPT_DIFFS", 2)
        sync = live()
        sync.request_snapshot()
        decisions = feed(sync, *[spot(at, at) for at in range(11, 15)])
        assert all(isinstance(decision, Applied) for decision in decisions)
        assert isinstance(sync.on_snapshot(snapshot(12)), Refetch)
        assert isinstance(sync.on_snapshot(snapshot(13)), Synced)

    def test_a_top_that_passes_the_edge_is_not_published(self) -> None:
        sync = live()
        decision = sync.on_diff(spot(11, 11, dict.fromkeys(BIDS, 0) | {94: 1}))
        assert reason(decision) is ResyncReason.RANGE_LOST
        assert (sync.state, sync.book) == (BookState.STALE, None)

    def test_a_snapshot_on_its_way_still_serves_a_book_that_lost_its_range(self) -> None:
        sync = live()
        sync.request_snapshot()
        feed(sync, spot(11, 11), spot(12, 12, dict.fromkeys(BIDS, 0) | {94: 1}))
        bids = {**BIDS, 94: 7, 93: 8}
        assert top_ids(sync.on_snapshot(snapshot(11, bids, ASKS))) == [11, 12]
        assert sync.state is BookState.LIVE

    def test_diffs_that_are_not_consecutive_are_never_joined(self) -> None:
        sync = BookSync(SYMBOL)
        feed(sync, spot(11, 11))
        sync.on_snapshot(snapshot(10))
        feed(sync, spot(12, 12, {100: 9}), spot(13, 13, dict.fromkeys(BIDS, 0) | {94: 1}))
        assert isinstance(sync.on_snapshot(snapshot(10)), Refetch)
