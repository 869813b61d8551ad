"""Prefect: a server with its dashboard, and a worker that runs flows as processes.

State is one SQLite file below the stack's home. Nothing leaves the machine: no analytics, no
check for releases.
"""

import sys

from stack import pipeline
from stack.probe import http_json, http_status
from stack.program import Program
from stack.service import BuildContext, Service
from stack.settings import LOOPBACK, Settings

WORK_POOL = "local"
"""The pool that the worker polls; `flows.registration` sends every deployment there."""

_CONCURRENT_RUNS = 3
"""A run is a process of some 250 MB: more of them would take what Flink needs. One is the watch's,
see `flows.registration`."""

_SERVER_MB, _WORKER_MB, _RUN_MB = 350, 150, 250
_OK = 200


def prefect(settings: Settings) -> Service:
    """Return the Prefect server."""
    return Service(
        name="prefect",
        address=settings.prefect_url,
        ports={"dashboard and API": settings.ports.prefect},
        memory_mb=_SERVER_MB,
        is_ready=lambda: http_status(f"{settings.prefect_url}/api/health") == _OK,
        prepare=_prepare_server,
        start_within_s=300,
    )


def prefect_worker(settings: Settings) -> Service:
    """Return the worker, after all that its flows read and write."""
    return Service(
        name="prefect-worker",
        address=f"work pool {WORK_POOL!r}",
        ports={},
        memory_mb=_WORKER_MB + _CONCURRENT_RUNS * _RUN_MB,
        is_ready=lambda: _is_polled(settings),
        prepare=_prepare_worker,
        after=("prefect", "trino", "objectstore", "mongodb", "jobmanager"),
        start_within_s=180,
        stops_first=True,
    )


def _is_polled(settings: Settings) -> bool:
    pool = http_json(f"{settings.prefect_url}/api/work_pools/{WORK_POOL}")
    return pool is not None and pool.get("status") == "READY"


def _prepare_server(context: BuildContext) -> Program:
    settings = context.settings
    address = ("--host", LOOPBACK, "--port", str(settings.ports.prefect))
    return Program(
        name="prefect",
        argv=_prefect("server", "start", *address),
        environment=settings.prefect_environment()
        | {
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_API_URL": f"{settings.prefect_url}/api",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        },
        directory=settings.root,
        yields=True,
    )


def _prepare_worker(context: BuildContext) -> Program:
    settings = context.settings
    context.build_java()
    pipeline.package_batch_jobs(settings)
    pool = ("--pool", WORK_POOL, "--type", "process", "--install-policy", "never")
    return Program(
        name="prefect-worker",
        argv=(
            *(sys.executable, "-m", "flows.worker", *pool),
            *("--name", "stack", "--limit", str(_CONCURRENT_RUNS)),
        ),
        environment=settings.flow_environment(),
        directory=settings.root,
        yields=True,
        # A worker whose server is gone does not end by itself, and runs need time to end.
        stop_after_s=30,
    )


def _prefect(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "prefect", *arguments)
