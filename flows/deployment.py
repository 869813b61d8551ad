"""What a deployment is: a flow, when it runs by itself, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule


@dataclass(frozen=True, slots=True)
class Deployment:
    """One line of `flows.deployments`.

    Attributes:
        name: what the dashboard shows behind the flow's own name.
        flow: what runs.
        schedule: a cron line in UTC; empty for a flow that runs only when it is asked for.
        description: one sentence for the dashboard.
        parameters: of the flow; a parameter that is not named keeps its default.
        concurrency_limit: runs at a time; a run that comes while so many go on is cancelled.
        tags: what the dashboard can be filtered by.
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
        """Where the flow stands, from the root of the checkout: ``flows/<file>.py:<function>``."""
        return f"{self.flow.fn.__module__.replace('.', '/')}.py:{self.flow.fn.__name__}"

    def prefect_schedule(self) -> CronSchedule | None:
        """Return the schedule as Prefect writes it; None without one.

        Raises:
            ValueError: the cron line is none.
        """
        if not self.schedule:
            return None
        return CronSchedule(cron=self.schedule, timezone="UTC")
