"""Plans of faults: what a seed draws, how a plan is written, and how it becomes shorter."""

import itertools
import json

import pytest

from simulator.engine.faults import parse_faults
from verify.chaos.market import symbols_named
from verify.chaos.plan import (
    QUIET_S,
    TARGETS,
    Fault,
    Kind,
    Plan,
    PlanError,
    draw_plan,
    read_plan,
)
from verify.chaos.session import shrink
from verify.chaos.strikes import specs_of

SYMBOLS = symbols_named(12)


def test_a_seed_draws_the_same_plan_again_and_another_seed_another_one() -> None:
    assert draw_plan(7, SYMBOLS, 3) == draw_plan(7, SYMBOLS, 3)
    assert draw_plan(7, SYMBOLS, 3) != draw_plan(8, SYMBOLS, 3)


def test_twelve_seeds_draw_every_kind_of_fault_and_kill_every_process() -> None:
    faults = [fault for seed in range(12) for fault in draw_plan(seed, SYMBOLS, 3).faults]
    assert {fault.kind for fault in faults} == set(Kind)
    assert {fault.target for fault in faults if fault.kind is Kind.KILL} == set(TARGETS)


@pytest.mark.parametrize("seed", range(12))
def test_faults_coincide_and_spare_the_beginning_and_the_end(seed: int) -> None:
    plan = draw_plan(seed, SYMBOLS, 3)
    instants = [fault.at_s for fault in plan.faults]
    assert min(instants) >= QUIET_S
    assert max(instants) <= 180 - QUIET_S
    assert any(later - earlier < 2 for earlier, later in itertools.pairwise(instants))


def test_a_plan_of_some_kinds_holds_no_others() -> None:
    plan = draw_plan(3, SYMBOLS, 5, (Kind.CUT, Kind.REST_SLOW))
    assert {fault.kind for fault in plan.faults} == {Kind.CUT, Kind.REST_SLOW}


@pytest.mark.parametrize("seed", range(12))
def test_the_simulator_knows_every_fault_of_a_plan(seed: int) -> None:
    for fault in draw_plan(seed, SYMBOLS, 3).faults:
        specs = specs_of(fault, SYMBOLS)
        assert bool(specs) == (fault.kind is not Kind.KILL)
        parse_faults(json.dumps(specs))


def test_ids_that_restart_twice_are_never_used_twice() -> None:
    first, second = (
        specs_of(Fault(at_s, Kind.IDS_ANEW, market="binance-spot", symbol="BTCUSDT"), SYMBOLS)[0]
        for at_s in (20.0, 20.1)
    )
    assert second["first_id"] + 10_000 < first["first_id"]


def test_a_written_plan_is_read_as_it_was_alone_or_within_a_report() -> None:
    plan = draw_plan(5, SYMBOLS, 3)
    assert read_plan(json.dumps(plan.to_json())) == plan
    assert read_plan(json.dumps({"green": False, "plan": plan.to_json()})) == plan


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"seed":1,"symbols":2,"minutes":3,"faults":[{}]}']
)
def test_a_text_that_is_not_a_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="expected JSON"):
        read_plan(text)


def plan_of(count: int) -> Plan:
    return Plan(1, 12, 3, tuple(Fault(float(n), Kind.CUT) for n in range(count)))


def test_a_plan_shrinks_to_the_two_faults_that_must_coincide() -> None:
    plan, tried = plan_of(16), []

    def fails(shorter: Plan) -> bool:
        tried.append(shorter)
        return {3.0, 11.0} <= {fault.at_s for fault in shorter.faults}

    shortest = shrink(plan, fails, most_tries=100)
    assert [fault.at_s for fault in shortest.faults] == [3.0, 11.0]
    assert len({one.faults for one in tried}) > 3


def test_no_more_plans_are_tried_than_allowed_and_the_shortest_that_failed_is_returned() -> None:
    tried: list[Plan] = []

    def fails(shorter: Plan) -> bool:
        tried.append(shorter)
        return True

    assert len(shrink(plan_of(64), fails, most_tries=3).faults) == 8
    assert len(tried) == 3


def test_a_plan_that_fails_only_as_a_whole_stays_as_it_is() -> None:
    plan = plan_of(4)
    assert shrink(plan, lambda _: False, most_tries=50) == plan
