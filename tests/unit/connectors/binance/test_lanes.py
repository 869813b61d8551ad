"""Connections and their replacements."""

import pytest

from connectors.binance.book_wishes import AskTime, CloseLink, OpenLink, PingLink
from connectors.binance.lane import Lane
from connectors.binance.lanes import (
    LONGEST_OVERLAP_S,
    OVERLAP_S,
    ROTATION_PAUSE_S,
    Handover,
    Lanes,
)
from connectors.feeds.events import DepthReceived

LIFETIME_S = 1_000.0


def diff(last: int, symbol: str = "A") -> DepthReceived:
    return DepthReceived(symbol, 1_000 + last, last, last, [], [])


def no_books(_: Lane) -> dict[str, int]:
    return {}


@pytest.fixture
def lanes() -> Lanes:
    """Two symbols on one connection that is up, a third on another one."""
    lanes = Lanes(["A", "B", "C"], 2, LIFETIME_S)
    lanes.on_up(1, 0)
    lanes.on_up(2, 0)
    lanes.take_wishes()
    return lanes


def overlapping(lanes: Lanes, now_s: float = 10) -> Lane:
    """Let connection 3 replace connection 1."""
    lanes.on_leaving(1, now_s)
    lane = lanes.on_up(3, now_s)
    lanes.take_wishes()
    return lane


def test_symbols_are_shared_out_over_connections() -> None:
    lanes = Lanes(["A", "B", "C"], 2, LIFETIME_S)
    assert lanes.take_wishes() == [OpenLink(1, ("A", "B")), OpenLink(2, ("C",))]
    assert lanes.take_wishes() == []
    assert lanes.of_symbol["C"].current.number == 2


def test_a_connection_that_will_end_gets_a_replacement_of_the_same_symbols(lanes: Lanes) -> None:
    lanes.on_leaving(1, 10)
    lanes.on_leaving(1, 11)
    assert lanes.take_wishes() == [OpenLink(3, ("A", "B"))]


def test_a_connection_is_replaced_at_the_end_of_its_lifetime(lanes: Lanes) -> None:
    lanes.tick(LIFETIME_S - 1, no_books)
    assert OpenLink(3, ("A", "B")) not in lanes.take_wishes()
    lanes.tick(LIFETIME_S, no_books)
    opened = [wish.link for wish in lanes.take_wishes() if isinstance(wish, OpenLink)]
    assert opened == [3, 4]


def test_after_the_overlap_the_replacement_takes_over_and_the_old_one_is_closed(
    lanes: Lanes,
) -> None:
    lane = overlapping(lanes)
    assert lanes.tick(10 + OVERLAP_S - 0.1, no_books) == []
    lanes.take_wishes()
    (handover,) = lanes.tick(10 + OVERLAP_S, no_books)
    assert (handover.lane, handover.old) == (lane, 1)
    assert lanes.take_wishes() == [CloseLink(1)]
    assert lane.current.number == 3
    assert set(lanes.of_link) == {2, 3}
    assert lane.epoch == 0


def test_the_overlap_lasts_until_every_book_can_go_on(lanes: Lanes) -> None:
    lane = overlapping(lanes)
    assert lane.overlap is not None
    lane.overlap.on_new(diff(20), 5)
    assert lanes.tick(10 + OVERLAP_S, lambda _: {"A": 12}) == []
    assert len(lanes.tick(10 + OVERLAP_S, lambda _: {"A": 19})) == 1


def test_the_overlap_does_not_last_for_ever(lanes: Lanes) -> None:
    lane = overlapping(lanes)
    assert lane.overlap is not None
    lane.overlap.on_new(diff(20), 5)
    assert len(lanes.tick(10 + LONGEST_OVERLAP_S, lambda _: {"A": 12})) == 1


def test_when_the_old_connection_ends_early_the_replacement_takes_over_at_once(
    lanes: Lanes,
) -> None:
    lane = overlapping(lanes)
    assert isinstance(lanes.on_down(1), Handover)
    assert lane.current.number == 3
    assert lanes.take_wishes() == [CloseLink(1)]


def test_when_the_old_connection_ends_before_the_overlap_the_replacement_is_given_up(
    lanes: Lanes,
) -> None:
    lanes.on_leaving(1, 10)
    lanes.take_wishes()
    assert lanes.on_down(1) is None
    assert lanes.take_wishes() == [CloseLink(3)]
    assert set(lanes.of_link) == {1, 2}


def test_a_replacement_that_is_lost_begins_its_overlap_anew(lanes: Lanes) -> None:
    lane = overlapping(lanes)
    assert lanes.on_down(3) is None
    assert lanes.tick(10 + OVERLAP_S, no_books) == []
    lanes.on_up(3, 20)
    assert lanes.tick(20 + OVERLAP_S, no_books) != []
    assert lane.current.number == 3


def test_a_replacement_that_will_end_as_well_is_replaced_when_it_took_over(lanes: Lanes) -> None:
    overlapping(lanes)
    lanes.on_leaving(3, 11)
    lanes.tick(10 + OVERLAP_S, no_books)
    lanes.take_wishes()
    lanes.tick(10 + OVERLAP_S, no_books)
    assert OpenLink(4, ("A", "B")) in lanes.take_wishes()


def test_silent_streams_replace_a_connection_only_now_and_then(lanes: Lanes) -> None:
    lane = lanes.of_symbol["A"]
    lanes.on_silence(lane, 100)
    assert lanes.take_wishes() == [OpenLink(3, ("A", "B"))]
    lanes.on_up(3, 100)
    lanes.tick(100 + OVERLAP_S, no_books)
    lanes.take_wishes()
    lanes.on_silence(lane, 100 + ROTATION_PAUSE_S - 1)
    assert lanes.take_wishes() == []
    lanes.on_silence(lane, 100 + ROTATION_PAUSE_S)
    assert lanes.take_wishes() == [OpenLink(4, ("A", "B"))]


def test_in_silence_each_connection_asks_for_the_time_and_then_for_a_sign_of_life(
    lanes: Lanes,
) -> None:
    lanes.tick(2, no_books)
    assert lanes.take_wishes() == [AskTime(1), AskTime(2)]
    lanes.of_link[1].current.time.on_time(50_000, 2)
    lanes.tick(3, no_books)
    assert lanes.take_wishes() == [PingLink(1)]
    lanes.of_link[1].current.time.on_alive(3)
    lanes.of_link[1].prove()
    assert lanes.of_symbol["A"].proven_ms == 50_000


def test_what_is_proven_stands_while_a_connection_is_down(lanes: Lanes) -> None:
    lane = lanes.of_symbol["A"]
    lane.current.time.on_frame(50_000, 1)
    lane.prove()
    lanes.on_down(1)
    lane.prove()
    lanes.on_up(1, 5)
    lane.current.time.on_frame(49_000, 6)
    lane.prove()
    assert lane.proven_ms == 50_000
