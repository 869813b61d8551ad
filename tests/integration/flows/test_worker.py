"""The worker on a Prefect server of its own: stopped or killed, it leaves no run behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient

from flows.registration import WORK_POOL, Deployment, connect, register
from flows.run_processes import carried_runs
from stack.settings import Settings, read_settings
from tests.integration.flows.waiting_flow import waiting
from tests.support.running_stack import ROOT

WITHIN_S = 120.0
WAITING = Deployment("waiting", waiting, "", "Waits.", tags=("test",))


@dataclass
class Prefect:
    """A server and its worker, as processes that can be killed one by one."""

    settings: Settings
    home: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def api_url(self) -> str:
        return f"{self.settings.prefect_url}/api"

    def start(self, name: str, *argv: str) -> None:
        environment = os.environ | self.settings.prefect_environment()
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *argv], env=environment, cwd=ROOT, stdout=log, stderr=log
            )

    def start_server(self) -> None:
        port = str(self.settings.ports.prefect)
        self.start("server", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port)
        wait_for(lambda: is_healthy(self.api_url))

    def start_worker(self) -> None:
        self.start("worker", "flows.worker", "--pool", WORK_POOL, "--type", "process",
                   "--install-policy", "never", "--limit", "2")  # fmt: skip

    def kill_everything(self) -> None:
        """Kill server, worker and runs at once, as a machine does that loses its power."""
        mine = f"PREFECT_API_URL={self.api_url}".encode()
        for environ in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mine in environ.read_bytes().split(b"\0"):
                    os.kill(int(environ.parent.name), signal.SIGKILL)
            except OSError:
                continue
        for process in self.processes.values():
            process.wait()


def is_healthy(api_url: str) -> bool:
    try:
        return httpx.get(f"{api_url}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_prefect(home: Path) -> Iterator[Prefect]:
    variables = {"TIDEMARK_HOME": str(home), "TIDEMARK_PREFECT_PORT": str(free_port())}
    prefect = Prefect(read_settings(variables), home)
    try:
        prefect.start_server()
        prefect.start_worker()
        yield prefect
    finally:
        prefect.kill_everything()


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    with running_prefect(tmp_path_factory.mktemp("prefect")) as prefect:
        yield prefect


def start_run(client: SyncPrefectClient, seconds: float) -> UUID:
    """Start a run of the deployment, and return its id once it runs or has ended."""
    wait_for(lambda: any(one.name == WORK_POOL for one in client.read_work_pools()))
    register(client, [WAITING], str(ROOT))
    deployment = client.read_deployment_by_name("waiting/waiting")
    run = client.create_flow_run_from_deployment(deployment.id, parameters={"seconds": seconds})
    wait_for(lambda: state_of(client, run.id) in ("Running", "Completed", "Cancelled"))
    return run.id


def state_of(client: SyncPrefectClient, run_id: UUID) -> str:
    state = client.read_flow_run(run_id).state
    return state.name if state else ""


def slots_taken(client: SyncPrefectClient) -> int:
    limit = client.read_deployment_by_name("waiting/waiting").global_concurrency_limit
    assert limit is not None
    return limit.active_slots


def completes(client: SyncPrefectClient) -> bool:
    run_id = start_run(client, 0.5)
    wait_for(lambda: state_of(client, run_id) in ("Completed", "Cancelled", "Crashed", "Failed"))
    return state_of(client, run_id) == "Completed"


def test_a_worker_that_is_stopped_ends_its_runs_and_gives_their_slots_back(
    prefect: Prefect,
) -> None:
    with connect(prefect.api_url) as client:
        run_id = start_run(client, 600)
        assert slots_taken(client) == 1
        assert run_id in carried_runs(prefect.api_url).values()
        prefect.processes["worker"].terminate()
        prefect.processes["worker"].wait(30)
        assert state_of(client, run_id) == "Crashed"
        assert carried_runs(prefect.api_url) == {}
        assert slots_taken(client) == 0
        prefect.start_worker()
        assert completes(client)


def test_runs_of_a_worker_that_was_killed_with_everything_else_are_crashed_by_the_next_one(
    prefect: Prefect,
) -> None:
    with connect(prefect.api_url) as client:
        run_id = start_run(client, 600)
    prefect.kill_everything()
    prefect.start_server()
    with connect(prefect.api_url) as client:
        assert (state_of(client, run_id), slots_taken(client)) == ("Running", 1)
        prefect.start_worker()
        wait_for(lambda: state_of(client, run_id) == "Crashed")
        assert slots_taken(client) == 0
        assert completes(client)
