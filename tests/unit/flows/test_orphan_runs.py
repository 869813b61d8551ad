"""Which active runs have no process any more."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from prefect.client.schemas.objects import FlowRun
from prefect.states import Pending, Running, State

from flows.orphan_runs import orphans

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def run(state: State, age_s: int, run_id: UUID | None = None) -> FlowRun:
    state.timestamp = NOW - timedelta(seconds=age_s)
    return FlowRun(id=run_id or uuid4(), flow_id=uuid4(), state=state)


def test_a_run_that_no_process_carries_is_an_orphan_however_far_it_had_got() -> None:
    runs = [run(Running(), 1), run(Pending(), 1)]
    assert orphans(runs, set(), NOW) == runs


def test_a_run_that_a_process_carries_is_no_orphan() -> None:
    carried = uuid4()
    assert orphans([run(Running(), 9_000, carried)], {carried}, NOW) == []


def test_a_run_that_began_a_moment_ago_may_have_no_process_yet() -> None:
    young, old = run(Pending(), 10), run(Pending(), 90)
    assert orphans([young, old], set(), NOW - timedelta(minutes=1)) == [old]
