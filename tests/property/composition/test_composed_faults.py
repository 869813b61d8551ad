"""No false trust, whatever meets: the law is judged after every step of composed histories.

With a cure taken out the machine finds a history that breaks the law. Histories that it rarely
composes are written out: of books and a clock of the exchange that is behind, and of trades.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.composition.cures import CURES
from tests.property.composition.exchange import SPOT, USDM
from tests.property.composition.flink_model import by_heartbeats
from tests.property.composition.machine import ComposedFaults
from tests.property.composition.network import FrameFault
from tests.property.composition.observer import FalseTrustError
from tests.property.composition.rest_model import Kind, Trouble
from tests.property.composition.world import TRADED, World

HISTORIES = int(os.environ.get("TIDEMARK_HISTORIES", "100"))
STEPS = 30

MOST_HISTORIES = 300


def test_no_composition_of_faults_makes_a_row_claim_more_than_is_true() -> None:
    run_state_machine_as_test(
        ComposedFaults,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("name", CURES)
def test_a_history_breaks_the_law_when_a_cure_is_taken_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cure = CURES[name]
    machine = cure.machine()
    cure.take_out(monkeypatch, machine)
    with pytest.raises(FalseTrustError):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=MOST_HISTORIES,
                stateful_step_count=15,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )


@pytest.fixture
def world() -> World:
    """Books that are quiet, of which no snapshot comes."""
    world = World(has_trades=False, markets=(SPOT,), rule=by_heartbeats)
    _change_every(world, None)
    world.rest.trouble[Kind.DEPTH, ""] = Trouble.BROKEN
    world.run(2_000)
    return world


def _change_every(world: World, interval_ms: int | None) -> None:
    for book in world.exchange.books.values():
        book.rhythm.interval_ms = interval_ms


def _change_unheard(world: World) -> None:
    """Change each book once, unheard; then come the snapshots that contain it."""
    for task in world.tasks:
        for connection in task.network.connections.values():
            for stream, symbol in connection.streams:
                task.network.plan(connection.number, stream, symbol, [FrameFault.LOST])
    _change_every(world, 5_000)
    world.run(300)
    _change_every(world, None)
    world.rest.trouble.clear()


def test_a_clock_from_a_cache_makes_no_book_known_before_its_last_change(world: World) -> None:
    world.rest.cached_ms, world.rest.cached_until_ms = world.now_ms, world.now_ms + 7_000
    world.run(3_000)
    _change_unheard(world)
    world.run(12_000)
    assert world.observer.claimed > 0
    world.calm()


@pytest.mark.parametrize("off_ms", [-900, -4_000, -20_000, -59_000])
def test_a_clock_that_falls_behind_makes_no_book_known_before_its_last_change(
    world: World, off_ms: int
) -> None:
    world.rest.clock_off_ms = off_ms
    world.run(3_000)
    _change_unheard(world)
    world.run(12_000)
    world.calm()


@pytest.mark.parametrize("answers_ms", [300, 700, 1_000])
def test_a_restarted_task_that_is_told_a_time_before_its_end_neither_forgets_nor_dates_back(
    answers_ms: int,
) -> None:
    """What was vouched for stays so; from what was written on, the books are unknown."""
    world = World(has_trades=False, markets=(USDM,), rule=by_heartbeats)
    world.run(4_000)
    _change_every(world, None)
    for task in world.tasks:
        task.kill(commits=False, away_ms=500)
    for _ in range(12):
        world.rest.wrong_clock_ms = -120_000
        world.run(answers_ms)
    world.calm()


def _lose_trades(world: World, symbol: str, count: int) -> None:
    for task in world.tasks:
        for number in task.network.connections:
            task.network.plan(number, "trade", symbol, [FrameFault.LOST] * count)


@pytest.mark.parametrize("back", [2, 3])
def test_a_gap_that_is_left_while_ids_may_have_restarted_ends_no_doubt(back: int) -> None:
    world, symbol = World(has_trades=True, markets=(), rule=by_heartbeats), TRADED[1]
    world.run(5_000)
    tape = world.exchange.tapes[symbol]
    tape.rhythm.interval_ms = 250
    world.run(1_300)
    world.rest.trouble[Kind.NEWEST, ""] = Trouble.BROKEN
    world.run(200)
    passed_id = tape.next_id
    tape.begin_anew(passed_id - back)
    world.rest.poisoned[symbol] = {passed_id + 1}
    while tape.next_id < passed_id:
        world.run(100, 50)
    _lose_trades(world, symbol, 2)
    world.run(1_200)
    world.rest.trouble.clear()
    world.run(5_000)
    world.calm()


@pytest.mark.parametrize("off_ms", [-6_000, -20_000, -59_000])
@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_a_lost_change_is_noticed_although_the_clock_is_told_to_be_behind(
    off_ms: int, symbol: str
) -> None:
    """Its best prices seem to be ahead of the exchange's time and are refused."""
    world = World(has_trades=False, markets=(USDM,), rule=by_heartbeats)
    world.run(3_000)
    _change_every(world, None)
    world.calm()
    world.rest.clock_off_ms = off_ms
    for task in world.tasks:
        for number in task.network.connections:
            task.network.plan(number, "depth", symbol, [FrameFault.LOST] * 3)
    world.run(1_500)
    for book in [*world.exchange.books.values()][:2]:
        book.rhythm.interval_ms, book.rhythm.due_ms = 6_000, world.now_ms + 50
    world.run(1_500)
    world.calm()
