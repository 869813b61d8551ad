"""Connections and their replacements."""

import pytest

from connectors.feeds.connection_group import ConnectionGroup
from connectors.feeds.connection_groups import (
    LONGEST_OVERLAP_S,
    OVERLAP_S,
    ROTATION_PAUSE_S,
    ConnectionGroups,
    Handover,
)
from connectors.feeds.events import DepthReceived
from connectors.feeds.messages import AskTime, CloseConnection, OpenConnection, PingConnection

LIFETIME_S = 1_000.0


def diff(last: int, symbol: str = "A") -> DepthReceived:
    return DepthReceived(symbol, 1_000 + last, last, last, [], [])


def no_books(_: ConnectionGroup) -> dict[str, int]:
    return {}


@pytest.fixture
def groups() -> ConnectionGroups:
    """Two symbols on one connection that is up, a third on another one."""
    groups = ConnectionGroups(["A", "B", "C"], 2, LIFETIME_S)
    groups.on_up(1, 0)
    groups.on_up(2, 0)
    groups.take_commands()
    return groups


def overlapping(groups: ConnectionGroups, now_s: float = 10) -> ConnectionGroup:
    """Let connection 3 replace connection 1."""
    groups.on_leaving(1, now_s)
    group = groups.on_up(3, now_s)
    groups.take_commands()
    return group


def test_symbols_are_shared_out_over_connections() -> None:
    groups = ConnectionGroups(["A", "B", "C"], 2, LIFETIME_S)
    assert groups.take_commands() == [OpenConnection(1, ("A", "B")), OpenConnection(2, ("C",))]
    assert groups.take_commands() == []
    assert groups.of_symbol["C"].current.number == 2


def test_a_connection_that_will_end_gets_a_replacement_of_the_same_symbols(
    groups: ConnectionGroups,
) -> None:
    groups.on_leaving(1, 10)
    groups.on_leaving(1, 11)
    assert groups.take_commands() == [OpenConnection(3, ("A", "B"))]


def test_a_connection_is_replaced_at_the_end_of_its_lifetime(groups: ConnectionGroups) -> None:
    groups.tick(LIFETIME_S - 1, no_books)
    assert OpenConnection(3, ("A", "B")) not in groups.take_commands()
    groups.tick(LIFETIME_S, no_books)
    opened = [
        command.connection
        for command in groups.take_commands()
        if isinstance(command, OpenConnection)
    ]
    assert opened == [3, 4]


def test_after_the_overlap_the_replacement_takes_over_and_the_old_one_is_closed(
    groups: ConnectionGroups,
) -> None:
    group = overlapping(groups)
    assert groups.tick(10 + OVERLAP_S - 0.1, no_books) == []
    groups.take_commands()
    (handover,) = groups.tick(10 + OVERLAP_S, no_books)
    assert (handover.group, handover.old) == (group, 1)
    assert groups.take_commands() == [CloseConnection(1)]
    assert group.current.number == 3
    assert set(groups.of_connection) == {2, 3}
    assert group.epoch == 0


def test_the_overlap_lasts_until_every_book_can_continue(groups: ConnectionGroups) -> None:
    group = overlapping(groups)
    assert group.overlap is not None
    group.overlap.on_new(diff(20), 5)
    assert groups.tick(10 + OVERLAP_S, lambda _: {"A": 12}) == []
    assert len(groups.tick(10 + OVERLAP_S, lambda _: {"A": 19})) == 1


def test_the_overlap_does_not_last_for_ever(groups: ConnectionGroups) -> None:
    group = overlapping(groups)
    assert group.overlap is not None
    group.overlap.on_new(diff(20), 5)
    assert len(groups.tick(10 + LONGEST_OVERLAP_S, lambda _: {"A": 12})) == 1


def test_when_the_old_connection_ends_early_the_replacement_takes_over_at_once(
    groups: ConnectionGroups,
) -> None:
    group = overlapping(groups)
    assert isinstance(groups.on_down(1), Handover)
    assert group.current.number == 3
    assert groups.take_commands() == [CloseConnection(1)]


def test_when_the_old_connection_ends_before_the_overlap_the_replacement_is_given_up(
    groups: ConnectionGroups,
) -> None:
    groups.on_leaving(1, 10)
    groups.take_commands()
    assert groups.on_down(1) is None
    assert groups.take_commands() == [CloseConnection(3)]
    assert set(groups.of_connection) == {1, 2}


def test_a_replacement_that_is_lost_restarts_its_overlap(groups: ConnectionGroups) -> None:
    group = overlapping(groups)
    assert groups.on_down(3) is None
    assert groups.tick(10 + OVERLAP_S, no_books) == []
    groups.on_up(3, 20)
    assert groups.tick(20 + OVERLAP_S, no_books) != []
    assert group.current.number == 3


def test_a_replacement_that_will_end_too_is_replaced_once_it_has_taken_over(
    groups: ConnectionGroups,
) -> None:
    overlapping(groups)
    groups.on_leaving(3, 11)
    groups.tick(10 + OVERLAP_S, no_books)
    groups.take_commands()
    groups.tick(10 + OVERLAP_S, no_books)
    assert OpenConnection(4, ("A", "B")) in groups.take_commands()


def test_silent_streams_replace_a_connection_only_now_and_then(groups: ConnectionGroups) -> None:
    group = groups.of_symbol["A"]
    groups.on_silence(group, 100)
    assert groups.take_commands() == [OpenConnection(3, ("A", "B"))]
    groups.on_up(3, 100)
    groups.tick(100 + OVERLAP_S, no_books)
    groups.take_commands()
    groups.on_silence(group, 100 + ROTATION_PAUSE_S - 1)
    assert groups.take_commands() == []
    groups.on_silence(group, 100 + ROTATION_PAUSE_S)
    assert groups.take_commands() == [OpenConnection(4, ("A", "B"))]


def test_in_silence_each_connection_asks_for_the_time_and_then_pings(
    groups: ConnectionGroups,
) -> None:
    groups.tick(2, no_books)
    assert groups.take_commands() == [AskTime(1), AskTime(2)]
    groups.of_connection[1].current.time.on_time(50_000, 2)
    groups.tick(3, no_books)
    assert groups.take_commands() == [PingConnection(1)]
    groups.of_connection[1].current.time.on_alive(3)
    groups.of_connection[1].prove()
    assert groups.of_symbol["A"].proven_ms == 50_000


def test_what_is_proven_stands_while_a_connection_is_down(groups: ConnectionGroups) -> None:
    group = groups.of_symbol["A"]
    group.current.time.on_frame(50_000, 1)
    group.prove()
    groups.on_down(1)
    group.prove()
    groups.on_up(1, 5)
    group.current.time.on_frame(49_000, 6)
    group.prove()
    assert group.proven_ms == 50_000


def test_a_connection_without_an_overlap_hands_nothing_over(groups: ConnectionGroups) -> None:
    with pytest.raises(ValueError, match=r"\('A', 'B'\): expected an overlap, found none"):
        groups.of_symbol["A"].promote()
