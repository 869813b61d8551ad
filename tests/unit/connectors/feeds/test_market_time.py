"""How far time is proven: lags of publishing, settled seconds, books whose diff is due."""

import pytest

from connectors.feeds.connection_group import Connection, ConnectionGroup
from connectors.feeds.market_time import BookHolds
from connectors.feeds.publish_lag import LONG_MS, REMEMBERED_MS, PublishLag
from connectors.feeds.settled_time import SETTLE_MS, SettledTime
from market.books.timeline import MAX_BOUNDARIES

E_MS = 1_700_000_000_000


@pytest.fixture
def groups() -> list[ConnectionGroup]:
    return [ConnectionGroup(("A",), Connection(1)), ConnectionGroup(("B",), Connection(2))]


def prove(groups: list[ConnectionGroup], *times_ms: int) -> None:
    for group, time_ms in zip(groups, times_ms, strict=True):
        group.proven_ms = time_ms


def test_nothing_is_settled_before_every_connection_has_proven_a_time(
    groups: list[ConnectionGroup],
) -> None:
    settled = SettledTime(groups, 1.0)
    prove(groups, 50_000, 0)
    assert list(settled.advance()) == []
    assert not settled.heartbeat_is_due(99.0)


def test_the_slowest_connection_decides_minus_a_margin(
    groups: list[ConnectionGroup],
) -> None:
    settled = SettledTime(groups, 1.0)
    prove(groups, 50_000 + SETTLE_MS, 90_000)
    assert list(settled.advance()) == [50_000]
    prove(groups, 50_999 + SETTLE_MS, 90_000)
    assert list(settled.advance()) == []
    prove(groups, 51_000 + SETTLE_MS, 90_000)
    assert list(settled.advance()) == [51_000]


def test_seconds_that_passed_together_are_settled_one_by_one(groups: list[ConnectionGroup]) -> None:
    settled = SettledTime(groups, 1.0)
    prove(groups, 50_700, 50_700)
    settled.advance()
    prove(groups, 53_900, 55_000)
    assert list(settled.advance()) == [51_000, 52_000, 53_000]
    assert settled.settled_ms == 53_000


def test_after_a_long_outage_only_the_last_seconds_are_settled_singly(
    groups: list[ConnectionGroup],
) -> None:
    settled = SettledTime(groups, 1.0)
    prove(groups, 50_700, 50_700)
    settled.advance()
    prove(groups, 50_700 + 86_400_000, 50_700 + 86_400_000)
    assert len(settled.advance()) == MAX_BOUNDARIES


def test_the_settled_second_is_repeated_once_per_interval(
    groups: list[ConnectionGroup],
) -> None:
    settled = SettledTime(groups, 1.0)
    prove(groups, 50_700, 50_700)
    settled.advance()
    assert settled.heartbeat_is_due(10.0)
    settled.on_heartbeat(10.0)
    assert not settled.heartbeat_is_due(10.9)
    assert settled.heartbeat_is_due(11.0)


def test_the_oldest_last_diff_holds() -> None:
    holds = BookHolds(600)
    assert holds.bound_ms is None
    holds.put("A", 5_000)
    holds.put("B", 4_000)
    assert holds.bound_ms == 4_000
    holds.put("B", None)
    assert holds.bound_ms == 5_000


def test_a_diff_is_awaited_for_a_bounded_time_that_others_prove() -> None:
    holds = BookHolds(600)
    holds.put("A", 5_000)
    assert holds.overdue(lambda _: 5_100) == []
    assert holds.overdue(lambda _: 5_700) == []
    assert holds.overdue(lambda _: 5_701) == ["A"]
    assert holds.bound_ms is None


def test_silence_before_the_book_was_behind_does_not_count() -> None:
    holds = BookHolds(600)
    holds.put("A", 5_000)
    assert holds.overdue(lambda _: 9_000) == []


def test_a_diff_that_does_not_reach_far_enough_restarts_the_wait() -> None:
    holds = BookHolds(600)
    holds.put("A", 5_000)
    holds.overdue(lambda _: 5_100)
    holds.put("A", 5_600)
    assert holds.overdue(lambda _: 5_800) == []
    holds.put("A", 5_600)
    assert holds.overdue(lambda _: 6_401) == ["A"]


def test_the_largest_recent_lag_counts() -> None:
    lag = PublishLag()
    assert lag.lag_ms == 0
    for after_ms, lag_ms in ((0, 3), (100, 2_100), (200, 40), (300, 1_000)):
        lag.on_frame(E_MS + after_ms, E_MS + after_ms - lag_ms)
    assert lag.lag_ms == 2_100


def test_a_lag_is_forgotten_after_a_minute_and_the_next_largest_counts() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, E_MS - 2_100)
    lag.on_frame(E_MS + 30_000, E_MS + 30_000 - 900)
    lag.on_frame(E_MS + REMEMBERED_MS, E_MS + REMEMBERED_MS - 3)
    assert lag.lag_ms == 2_100
    lag.on_frame(E_MS + REMEMBERED_MS + 1, E_MS + REMEMBERED_MS - 2)
    assert lag.lag_ms == 900


def test_a_frame_without_a_change_time_has_no_lag() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, 0)
    lag.on_frame(E_MS, E_MS + 5)
    assert lag.lag_ms == 0


def test_a_very_long_lag_that_no_other_frame_shows_counts_only_briefly() -> None:
    lag = PublishLag()
    for _ in range(2):  # both connections bring the same frame
        lag.on_frame(E_MS, E_MS - 49_500)
    lag.on_frame(E_MS + LONG_MS, E_MS + LONG_MS - 3)
    assert lag.lag_ms == 49_500
    lag.on_frame(E_MS + LONG_MS + 1, E_MS + LONG_MS - 2)
    assert lag.lag_ms == LONG_MS


def test_the_exchanges_answers_also_make_it_expire() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, E_MS - 49_500)
    lag.on_time(E_MS + LONG_MS + 1)
    assert lag.lag_ms == LONG_MS


def test_two_frames_confirm_the_lesser_of_their_long_lags() -> None:
    lag = PublishLag()
    lag.on_frame(E_MS, E_MS - 30_000)
    lag.on_frame(E_MS + 100, E_MS + 100 - 20_000)
    lag.on_frame(E_MS + REMEMBERED_MS, E_MS + REMEMBERED_MS - 3)
    assert lag.lag_ms == 20_000
