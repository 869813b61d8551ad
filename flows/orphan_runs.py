"""Orphans: runs that the Prefect server reports as active although their process is gone.

A run reports its own end. One that was killed reports nothing: it stays active forever and keeps
its deployment's slot, so that every later run is cancelled. Setting it to Crashed frees the slot.
"""

import os
import sys
import time
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Crashed

from flows.registration import TAG, WORK_POOL, connect
from flows.run_processes import carried_runs

_ACTIVE = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
_PAGE = 200


def orphans(
    runs: Iterable[FlowRun], carried: Collection[UUID], active_since: datetime
) -> list[FlowRun]:
    """Return the runs without a process.

    Args:
        runs: that the server reports as active.
        carried: ids of runs that have a process.
        active_since: a run that changed its state after this may have no process yet.
    """
    return [
        run
        for run in runs
        if run.id not in carried and run.state is not None and run.state.timestamp <= active_since
    ]


def crash_orphans(
    client: SyncPrefectClient, carried: Collection[UUID], active_since: datetime
) -> list[FlowRun]:
    """Set every orphan of the stack's work pool to Crashed, which frees its slot; return them."""
    found = orphans(_active_runs(client), carried, active_since)
    for run in found:
        why = "This run has no process any more: it was killed, or its worker was."
        client.set_flow_run_state(run.id, Crashed(message=why), force=True)
    return found


def free_slots(client: SyncPrefectClient) -> list[str]:
    """Free every slot of our deployments; call it only while none of their runs is active.

    Returns:
        The deployments that had a slot taken.
    """
    freed = []
    for deployment in client.read_deployments():
        limit = deployment.global_concurrency_limit
        if TAG in deployment.tags and limit is not None and limit.active_slots:
            client.update_global_concurrency_limit(
                limit.name, GlobalConcurrencyLimitUpdate(active_slots=0)
            )
            freed.append(deployment.name)
    return freed


def _active_runs(client: SyncPrefectClient) -> list[FlowRun]:
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_ACTIVE)))
    pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[WORK_POOL]))
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=state), work_pool_filter=pool, limit=_PAGE
    )


def main() -> None:
    """Crash every orphan and free the slots left taken; `flows.worker` runs this.

    If the server is down, the next worker does it.
    """
    api_url = os.environ["PREFECT_API_URL"]
    carried = set(carried_runs(api_url).values())
    try:
        with connect(api_url) as client:
            found = crash_orphans(client, carried, datetime.fromtimestamp(time.time(), UTC))
            freed = [] if carried else free_slots(client)
    except httpx.HTTPError as error:
        sys.stderr.write(
            f"Prefect at {api_url}: expected it to take the end of runs, found: {error}\n"
        )
        return
    lines = [f"run {one.name} had no process any more: set to Crashed\n" for one in found]
    lines += [f"deployment {name} had a slot that no run held: freed\n" for name in freed]
    sys.stdout.write("".join(lines))


if __name__ == "__main__":
    main()
