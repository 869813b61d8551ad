"""When a snapshot is asked for: rank, budget, refusals, retries."""

import pytest

from connectors.feeds.snapshot_planner import (
    ASK_AGAIN_S,
    LONGEST_RETRY_S,
    MAX_UNANSWERED,
    SnapshotPlanner,
)

MINUTE_MS = 60_000
NEXT = (1, 0)


class World:
    """A planner and its clock; `weight` 50 of 1,000, so that a minute has 19 requests."""

    def __init__(self) -> None:
        self.planner = SnapshotPlanner(50, 1_000, lambda: 0.5)
        self.time_ms = 100 * MINUTE_MS

    @property
    def now_s(self) -> float:
        return self.time_ms / 1000

    def want(self, *symbols: str, rank: tuple[int, int] = NEXT) -> None:
        for symbol in symbols:
            self.planner.want(symbol, rank, self.now_s)

    def due(self, seconds: float = 0.1) -> list[str]:
        self.time_ms += round(seconds * 1000)
        return self.planner.due(self.time_ms, self.now_s)

    def all_due(self, polls: int = 40) -> list[str]:
        return [symbol for _ in range(polls) for symbol in self.due()]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def told(world: World) -> World:
    """The exchange told that little of the minute is used."""
    world.want("FIRST")
    assert world.due() == ["FIRST"]
    world.planner.on_answer("FIRST", 50)
    return world


def test_in_a_new_minute_one_request_asks_what_is_left(world: World) -> None:
    world.want("A", "B")
    assert world.all_due() == ["A"]
    world.planner.on_answer("A", 50)
    assert world.all_due() == ["B"]


def test_requests_leave_one_by_one_and_few_are_under_way(told: World) -> None:
    told.want(*"ABCDEFGHIJ")
    assert len(told.due(0)) <= 1
    assert len(told.all_due()) <= MAX_UNANSWERED


def test_books_that_were_live_come_first_then_the_most_active(told: World) -> None:
    told.want("QUIET", rank=(1, -1))
    told.want("BUSY", rank=(1, -900))
    told.want("LOST", rank=(0, -1))
    assert told.all_due() == ["LOST", "BUSY", "QUIET"]


def test_a_symbol_is_asked_for_once_at_a_time(told: World) -> None:
    told.want("A")
    told.want("A")
    assert told.all_due() == ["A"]
    told.want("A")
    assert told.all_due() == []
    assert "A" in told.planner


def test_what_is_left_is_kept_in_reserve(told: World) -> None:
    told.want("A", "B")
    told.planner.on_answer("FIRST", 900)
    assert told.all_due() == ["A"]


def test_the_next_minute_is_awaited_when_nothing_is_left(told: World) -> None:
    told.time_ms += 10_000
    told.planner.on_answer("FIRST", 950)
    told.want("A")
    assert told.due(20) == []
    assert told.due(40) == ["A"]


def test_a_young_minute_with_nothing_left_is_asked_again(told: World) -> None:
    told.planner.on_answer("FIRST", 950)
    told.want("A")
    assert told.due() == []
    assert told.due(ASK_AGAIN_S) == ["A"]


def test_a_refusal_stops_everything_for_as_long_as_it_says(told: World) -> None:
    told.want("A", "B")
    told.due()
    told.planner.on_refused(30, told.now_s)
    told.planner.on_useless("A", 100, told.now_s)
    assert told.due(29) == []
    assert len(told.due(3)) == 1


def test_a_useless_snapshot_is_asked_for_again_after_a_growing_pause(told: World) -> None:
    pauses = []
    told.want("A")
    told.due()
    for _ in range(12):
        told.planner.on_useless("A", 50, told.now_s)
        began_ms = told.time_ms
        while told.due() != ["A"]:
            pass
        pauses.append((told.time_ms - began_ms) / 1000)
    assert pauses == sorted(pauses)
    assert pauses[0] < 1 < LONGEST_RETRY_S - 1 < pauses[-1] < LONGEST_RETRY_S + 2


def test_a_wish_can_be_dropped(told: World) -> None:
    told.want("A")
    told.planner.forget("A")
    assert told.all_due() == []
    assert "A" not in told.planner
