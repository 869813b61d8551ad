"""Check what Prefect did with our runs: it must not cancel any that nobody cancelled."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort

from flows.registration import TAG
from flows.watch.faults import Fault
from market.dictionary.alerts import Severity

_NO_SLOT = "concurrency limit"
"""In Prefect's message when it cancels a new run because another one holds the slot."""

_ENDED = (StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)
_PAGE = 200


def refused_runs(client: SyncPrefectClient) -> list[Fault]:
    """Return a fault for each deployment whose newest run did not get its slot."""
    flows = {one.id: one.name for one in client.read_flows()}
    names = {
        one.id: f"{flows.get(one.flow_id, 'deleted')}/{one.name}"
        for one in client.read_deployments()
        if TAG in one.tags
    }
    ended = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_ENDED)))
        ),
        deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=_PAGE,
    )
    return list(refusals(ended, names))


def refusals(ended: Iterable[FlowRun], names: Mapping[UUID, str]) -> Iterator[Fault]:
    """Yield a fault for each deployment whose last ended run was refused its slot.

    Args:
        ended: runs in a final state, in any order.
        names: full names of deployments by id; runs of others are left out.
    """
    last: dict[str, FlowRun] = {}
    for run in ended:
        name = names.get(run.deployment_id) if run.deployment_id else None
        if name and (name not in last or _ended_at(last[name]) < _ended_at(run)):
            last[name] = run
    for name, run in sorted(last.items()):
        if run.state and run.state.is_cancelled() and _NO_SLOT in (run.state.message or ""):
            yield Fault(
                f"run_begins({name})",
                Severity.WARNING,
                f"expected {name} to run, found {run.name} cancelled at "
                f"{run.state.timestamp:%Y-%m-%d %H:%M:%S} UTC: {run.state.message} Another run of "
                "it takes long, or died holding its slot",
                from_time_ms=_ended_at(run),
            )


def _ended_at(run: FlowRun) -> int:
    return int(run.state.timestamp.timestamp() * 1_000) if run.state else 0
