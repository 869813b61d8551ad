"""The worker's status page: its connectors, their state and their counters.

Read-only, in the form of Kafka Connect's REST API. ``GET /``, ``/connectors``,
``/connectors/<name>/status``, ``/connectors/<name>/tasks`` and ``/metrics`` (Prometheus text).
"""

import threading
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import unquote

import msgspec

from connectors.connect.errors import ConfigError
from connectors.connect.task_runner import TaskRunner, TaskState
from connectors.connect.telemetry import prometheus_text

JSON_TYPE = "application/json"
PROMETHEUS_TYPE = "text/plain; version=0.0.4"


def product_version() -> str:
    """Return the installed version, ``unknown`` when it runs from a checkout."""
    try:
        return version("tidemark")
    except PackageNotFoundError:
        return "unknown"


class StatusPage:
    """Answers requests about the state of the runners.

    Args:
        group_id: name of the worker.
        runners: of every task.
    """

    def __init__(self, group_id: str, runners: Sequence[TaskRunner]) -> None:
        self._group_id = group_id
        self._runners = runners

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Return status, content type and body for a path."""
        if path == "/metrics":
            text = prometheus_text(runner.telemetry for runner in self._runners)
            return HTTPStatus.OK, PROMETHEUS_TYPE, text.encode()
        status, content = self._content([unquote(part) for part in path.split("/") if part])
        return status, JSON_TYPE, msgspec.json.encode(content)

    def _content(self, parts: list[str]) -> tuple[HTTPStatus, object]:
        names = list(dict.fromkeys(runner.plan.connector for runner in self._runners))
        if not parts:
            return HTTPStatus.OK, {"version": product_version(), "group_id": self._group_id}
        if parts == ["connectors"]:
            return HTTPStatus.OK, names
        if len(parts) == 3 and parts[0] == "connectors" and parts[2] in ("status", "tasks"):
            if parts[1] in names:
                about = self._status if parts[2] == "status" else self._configured
                return HTTPStatus.OK, about(parts[1])
            return _error(f"no connector is named {parts[1]!r}; known: {', '.join(names)}")
        return _error(
            f"nothing at /{'/'.join(parts)}; known: /, /connectors, /connectors/<name>/status, "
            "/connectors/<name>/tasks, /metrics"
        )

    def _status(self, name: str) -> Mapping[str, object]:
        runners = [runner for runner in self._runners if runner.plan.connector == name]
        return {
            "name": name,
            "type": "source",
            "connector": {"state": "RUNNING", "worker_id": self._group_id},
            "tasks": [self._task(runner) for runner in runners],
        }

    def _configured(self, name: str) -> Sequence[Mapping[str, object]]:
        return [
            {
                "id": {"connector": name, "task": runner.plan.number},
                "config": dict(runner.plan.settings.values),
            }
            for runner in self._runners
            if runner.plan.connector == name
        ]

    def _task(self, runner: TaskRunner) -> Mapping[str, object]:
        values = runner.telemetry.values.copy()
        status: dict[str, object] = {
            "id": runner.plan.number,
            "state": runner.state.value,
            "worker_id": self._group_id,
            "metrics": {metric.value.name: number for metric, number in values.items()},
        }
        if runner.state in (TaskState.FAILED, TaskState.RESTARTING):
            status["trace"] = runner.trace
        return status


def _error(message: str) -> tuple[HTTPStatus, object]:
    return HTTPStatus.NOT_FOUND, {"error_code": int(HTTPStatus.NOT_FOUND), "message": message}


class StatusServer:
    """Serves a status page in a thread; use it as a context manager.

    Args:
        host: address to listen on.
        port: 0 takes any free one.
        page: answers the requests.

    Raises:
        ConfigError: the address cannot be listened on.
    """

    def __init__(self, host: str, port: int, page: StatusPage) -> None:
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(page))
        except OSError as error:
            raise ConfigError(
                "worker",
                [f"rest.port: cannot listen on {host}:{port}: {error}; choose another port"],
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    def __enter__(self) -> "StatusServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(page: StatusPage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, body = page.answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing: requests are not worth a log line."""

    return Handler
