"""When a market's second is settled, and when that is reported again."""

import pytest

from connectors.feeds.connection_group import Connection, ConnectionGroup
from connectors.feeds.settled_time import SETTLE_MS, SettledTime
from market.books.timeline import MAX_BOUNDARIES


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
