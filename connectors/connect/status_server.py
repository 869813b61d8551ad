"""The worker's status page: its connectors, their state and their counters.

Read-only, in the form of Kafka Connect's REST API. ``GET /``, ``/connectors``,
``/connectors/<name>/status``, ``/connectors/<name>/tasks``, ``/metrics`` (Prometheus text) and
``/openapi.json``, which describes them.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException as HttpError

from connectors.connect.errors import ConfigError
from connectors.connect.task_runner import TaskRunner, TaskState
from connectors.connect.telemetry import prometheus_text

_PROMETHEUS_TYPE = "text/plain; version=0.0.4"
_POLL_S = 0.01
_REQUEST_S, _END_S = 1, 3.0
"""How long a reader may take when the server ends, and how long that may take in all."""


def product_version() -> str:
    """Return the installed version, ``unknown`` when it runs from a checkout."""
    try:
        return version("tidemark")
    except PackageNotFoundError:
        return "unknown"


def status_page(group_id: str, runners: Sequence[TaskRunner]) -> FastAPI:
    """Return the application that answers requests about the state of the runners.

    Args:
        group_id: name of the worker.
        runners: of every task.
    """
    app = FastAPI(title="Tidemark connectors", version=product_version(), docs_url=None)
    app.exception_handler(HttpError)(_error)

    @app.get("/")
    def worker() -> dict[str, str]:
        """Name the version and the worker."""
        return {"version": product_version(), "group_id": group_id}

    @app.get("/connectors")
    def connectors() -> list[str]:
        """List the connectors."""
        return list(dict.fromkeys(runner.plan.connector for runner in runners))

    @app.get("/connectors/{name}/status")
    def status(name: str) -> dict[str, Any]:
        """Give the state of a connector and of each of its tasks."""
        return {
            "name": name,
            "type": "source",
            "connector": {"state": "RUNNING", "worker_id": group_id},
            "tasks": [_task(runner, group_id) for runner in _of_connector(name, runners)],
        }

    @app.get("/connectors/{name}/tasks")
    def tasks(name: str) -> list[dict[str, Any]]:
        """Give the configuration of each of a connector's tasks."""
        return [
            {
                "id": {"connector": name, "task": runner.plan.number},
                "config": dict(runner.plan.settings.values),
            }
            for runner in _of_connector(name, runners)
        ]

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> PlainTextResponse:
        """Give the counters of every task in Prometheus' text format."""
        text = prometheus_text(runner.telemetry for runner in runners)
        return PlainTextResponse(text, media_type=_PROMETHEUS_TYPE)

    return app


def _of_connector(name: str, runners: Sequence[TaskRunner]) -> Sequence[TaskRunner]:
    found = [runner for runner in runners if runner.plan.connector == name]
    if not found:
        known = ", ".join(dict.fromkeys(runner.plan.connector for runner in runners))
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no connector is named {name!r}; known: {known}")
    return found


def _task(runner: TaskRunner, worker_id: str) -> Mapping[str, object]:
    values = runner.telemetry.values.copy()
    status: dict[str, object] = {
        "id": runner.plan.number,
        "state": runner.state.value,
        "worker_id": worker_id,
        "metrics": {metric.value.name: number for metric, number in values.items()},
    }
    if runner.state in (TaskState.FAILED, TaskState.RESTARTING):
        status["trace"] = runner.trace
    return status


def _error(request: Request, error: HttpError) -> JSONResponse:
    """Answer in Kafka Connect's form, with the paths that exist where the path is unknown."""
    message = error.detail
    if message == HTTPStatus.NOT_FOUND.phrase:
        paths = ", ".join(request.app.openapi()["paths"])
        message = f"nothing at {request.url.path}; known: {paths}"
    content = {"error_code": error.status_code, "message": message}
    return JSONResponse(content, status_code=error.status_code)


class _Server(uvicorn.Server):
    """A server that ends with its readers, even one that has not taken its answer."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in [*self.server_state.connections]:
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)  # in which the loop closes them


def _configured(page: FastAPI) -> uvicorn.Config:
    """Return the server's settings: requests are not worth a log line, and none delays an end."""
    return uvicorn.Config(
        page, log_config=None, access_log=False, timeout_graceful_shutdown=_REQUEST_S
    )


class StatusServer:
    """Serves a status page in a thread; use it as a context manager.

    Args:
        host: address to listen on.
        port: 0 takes any free one.
        page: answers the requests.

    Raises:
        ConfigError: the address cannot be listened on.
    """

    def __init__(self, host: str, port: int, page: FastAPI) -> None:
        try:
            self._socket = socket.create_server((host, port))
        except OSError as error:
            raise ConfigError(
                "worker",
                [f"rest.port: cannot listen on {host}:{port}: {error}; choose another port"],
            ) from error
        self._server = _Server(_configured(page))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._socket.getsockname()[1])

    def __enter__(self) -> "StatusServer":
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(_POLL_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(_END_S)
        self._socket.close()
