"""A deployment: a flow, its schedule and its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule


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
