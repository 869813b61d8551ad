"""What Prefect ran last, for people to see; a server that is down has run nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

_TIMEOUT_S = 2
_STARTED = ("RUNNING", "COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class FlowRun:
    """One run of a deployment.

    Attributes:
        deployment: its full name, such as ``rollup/recent``.
        state: Prefect's name for it, such as ``Completed``.
        started: None when it ended before it began, as a cancelled run does.
        seconds: how long it has run.
    """

    deployment: str
    state: str
    started: datetime | None
    seconds: float


def newest_runs(prefect_url: str, count: int = 3) -> Sequence[FlowRun]:
    """Return the deployments' newest runs, newest first.

    Args:
        prefect_url: where the dashboard is.
        count: at most this many.
    """
    wanted = {
        "sort": "EXPECTED_START_TIME_DESC",
        "limit": count,
        "flow_runs": {
            "state": {"type": {"any_": _STARTED}},
            "deployment_id": {"is_null_": False},
        },
    }
    try:
        flows = {one["id"]: one["name"] for one in _ask(prefect_url, "flows", {})}
        names = {
            one["id"]: f"{flows.get(one['flow_id'], 'deleted')}/{one['name']}"
            for one in _ask(prefect_url, "deployments", {})
        }
        runs = _ask(prefect_url, "flow_runs", wanted)
    except (requests.RequestException, ValueError):
        return []
    return [_run(run, names.get(run["deployment_id"], "deleted")) for run in runs]


def _ask(prefect_url: str, what: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    with requests.Session() as session:
        # A proxy that the environment names is not for the local machine.
        session.trust_env = False
        answer = session.post(f"{prefect_url}/api/{what}/filter", json=wanted, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found


def _run(run: dict[str, Any], deployment: str) -> FlowRun:
    started = run["start_time"]
    return FlowRun(
        deployment=deployment,
        state=run["state_name"],
        started=datetime.fromisoformat(started) if started else None,
        seconds=run["estimated_run_time"],
    )
