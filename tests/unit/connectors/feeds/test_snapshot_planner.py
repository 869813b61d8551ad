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
def fresh(world: World) -> World:
    """The exchange has reported that little of the minute is used."""
    world.want("FIRST")
    assert world.due() == ["FIRST"]
    world.planner.on_answer("FIRST", 50)
    return world


def test_in_a_new_minute_one_request_finds_out_what_is_left(world: World) -> None:
    world.want("A", "B")
    assert world.all_due() == ["A"]
    world.planner.on_answer("A", 50)
    assert world.all_due() == ["B"]


def test_requests_are_sent_one_by_one_and_few_are_in_flight(fresh: World) -> None:
    fresh.want(*"ABCDEFGHIJ")
    assert len(fresh.due(0)) <= 1
    assert len(fresh.all_due()) <= MAX_UNANSWERED


def test_books_that_were_live_come_first_then_the_most_active(fresh: World) -> None:
    fresh.want("QUIET", rank=(1, -1))
    fresh.want("BUSY", rank=(1, -900))
    fresh.want("LOST", rank=(0, -1))
    assert fresh.all_due() == ["LOST", "BUSY", "QUIET"]


def test_a_symbol_is_requested_once_at_a_time(fresh: World) -> None:
    fresh.want("A")
    fresh.want("A")
    assert fresh.all_due() == ["A"]
    fresh.want("A")
    assert fresh.all_due() == []
    assert "A" in fresh.planner


def test_what_is_left_is_kept_in_reserve(fresh: World) -> None:
    fresh.want("A", "B")
    fresh.planner.on_answer("FIRST", 900)
    assert fresh.all_due() == ["A"]


def test_the_next_minute_is_awaited_when_nothing_is_left(fresh: World) -> None:
    fresh.time_ms += 10_000
    fresh.planner.on_answer("FIRST", 950)
    fresh.want("A")
    assert fresh.due(20) == []
    assert fresh.due(40) == ["A"]


def test_a_young_minute_with_nothing_left_is_asked_again(fresh: World) -> None:
    fresh.planner.on_answer("FIRST", 950)
    fresh.want("A")
    assert fresh.due() == []
    assert fresh.due(ASK_AGAIN_S) == ["A"]


def test_a_refusal_stops_everything_for_as_long_as_it_says(fresh: World) -> None:
    fresh.want("A", "B")
    fresh.due()
    fresh.planner.on_refused(30, fresh.now_s)
    fresh.planner.on_unusable("A", 100, fresh.now_s)
    assert fresh.due(29) == []
    assert len(fresh.due(3)) == 1


def test_an_unusable_snapshot_is_requested_again_after_a_growing_pause(fresh: World) -> None:
    pauses = []
    fresh.want("A")
    fresh.due()
    for _ in range(12):
        fresh.planner.on_unusable("A", 50, fresh.now_s)
        began_ms = fresh.time_ms
        while fresh.due() != ["A"]:
            pass
        pauses.append((fresh.time_ms - began_ms) / 1000)
    assert pauses == sorted(pauses)
    assert pauses[0] < 1 < LONGEST_RETRY_S - 1 < pauses[-1] < LONGEST_RETRY_S + 2


def test_a_request_can_be_dropped(fresh: World) -> None:
    fresh.want("A")
    fresh.planner.forget("A")
    assert fresh.all_due() == []
    assert "A" not in fresh.planner
