"""A deployment of a flow, and its registration with Prefect.

Registering is safe to run again, and deletes what is gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.schedules import CronSchedule
from prefect.utilities.callables import parameter_schema

WORK_POOL = "local"
"""The pool that the stack's worker polls."""

_QUEUE_RUNS = {"default": 2}
"""Runs at a time by queue: one less than the worker's, so that the watch never waits for others."""

TAG = "tidemark"
"""On every deployment of ours; others on the same server are left alone."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One line of `flows.deployments`.

    Attributes:
        name: what the dashboard shows after the flow's own name.
        flow: what runs.
        schedule: a cron line in UTC; empty for a flow that only runs on request.
        description: one sentence for the dashboard.
        parameters: of the flow; those not named keep their defaults.
        concurrency_limit: runs at a time; a run that would exceed it is cancelled.
        tags: filters in the dashboard.
        queue: of the work pool; runs of one do not wait for those of another.
    """

    name: str
    flow: Flow[..., Any]
    schedule: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    concurrency_limit: int = 1
    tags: tuple[str, ...] = ()
    queue: str = "default"

    @property
    def entrypoint(self) -> str:
        """Where the flow is, from the root of the checkout: ``flows/<file>.py:<function>``."""
        return f"{self.flow.fn.__module__.replace('.', '/')}.py:{self.flow.fn.__name__}"

    def prefect_schedule(self) -> CronSchedule | None:
        """Return Prefect's form of the schedule; None without one.

        Raises:
            ValueError: the cron line is invalid.
        """
        if not self.schedule:
            return None
        return CronSchedule(cron=self.schedule, timezone="UTC")


def connect(api_url: str) -> SyncPrefectClient:
    """Return a client of a Prefect server that ignores the environment's proxies."""
    return SyncPrefectClient(api_url, httpx_settings={"trust_env": False})


def register(
    client: SyncPrefectClient,
    deployments: Iterable[Deployment],
    root: str,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """Create or update deployments, and delete those of ours that are not listed.

    Args:
        client: of the server.
        deployments: all that should exist.
        root: folder of the checkout on the worker's machine, in which flows run.
        environment: variables of every run beside the worker's own.

    Returns:
        The full names, ``<flow>/<deployment>``.
    """
    variables = {"env": dict(environment or {})}
    listed = {
        _apply(client, one, root, variables): f"{one.flow.name}/{one.name}" for one in deployments
    }
    for found in client.read_deployments():
        if TAG in found.tags and found.id not in listed:
            client.delete_deployment(found.id)
    for queue, runs in _QUEUE_RUNS.items():
        path: Any = f"/work_pools/{WORK_POOL}/queues/{queue}"
        client.request("PATCH", path, json={"concurrency_limit": runs}).raise_for_status()
    return list(listed.values())


def _apply(
    client: SyncPrefectClient, deployment: Deployment, root: str, variables: Mapping[str, Any]
) -> Any:
    flow_id = client.create_flow(deployment.flow)
    schedule = deployment.prefect_schedule()
    return client.create_deployment(
        flow_id=flow_id,
        name=deployment.name,
        schedules=[DeploymentScheduleCreate(schedule=schedule, active=True)] if schedule else [],
        concurrency_limit=deployment.concurrency_limit,
        concurrency_options=ConcurrencyOptions(
            collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        ),
        parameters=dict(deployment.parameters),
        description=deployment.description,
        work_pool_name=WORK_POOL,
        work_queue_name=deployment.queue,
        job_variables=dict(variables),
        tags=[TAG, *deployment.tags],
        entrypoint=deployment.entrypoint,
        path=root,
        parameter_openapi_schema=parameter_schema(deployment.flow).model_dump_for_openapi(),
        pull_steps=[
            {"prefect.deployments.steps.set_working_directory": {"directory": root}},
        ],
        enforce_parameter_schema=True,
    )
