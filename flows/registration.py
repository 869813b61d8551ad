"""Register `flows.deployments` with Prefect; safe to run again, and deletes what is gone."""

from collections.abc import Iterable, Mapping
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.utilities.callables import parameter_schema

from flows.deployment import Deployment

WORK_POOL = "local"
"""The pool that the stack's worker polls."""

_QUEUE_RUNS = {"default": 2}
"""Runs at a time by queue: one less than the worker's, so that the watch never waits for others."""

TAG = "tidemark"
"""On every deployment of ours; others on the same server are left alone."""


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
