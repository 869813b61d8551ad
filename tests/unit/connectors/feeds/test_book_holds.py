"""Books whose next diff is due."""

from connectors.feeds.market_time import BookHolds


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
