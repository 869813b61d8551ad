"""What is read of Prefect's answers, from a server made for the test."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tidemark.flow_runs import FlowRun, newest_runs

RUN = {
    "deployment_id": "one",
    "state_name": "Running",
    "start_time": "2026-11-24T09:00:05.500000Z",
    "estimated_run_time": 3.5,
}


@contextmanager
def prefect(answers: dict[str, Any]) -> Iterator[str]:
    """A server that gives each path its answer; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answers[self.path]).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_runs_have_the_full_names_of_their_deployments() -> None:
    answers = {
        "/api/flows/filter": [{"id": "flow", "name": "rollup"}],
        "/api/deployments/filter": [{"id": "one", "name": "recent", "flow_id": "flow"}],
        "/api/flow_runs/filter": [
            RUN,
            RUN | {"deployment_id": "two", "state_name": "Cancelled", "start_time": None},
        ],
    }
    with prefect(answers) as url:
        runs = newest_runs(url)
    started = datetime(2026, 11, 24, 9, 0, 5, 500_000, tzinfo=UTC)
    assert runs == [
        FlowRun("rollup/recent", "Running", started, 3.5),
        FlowRun("deleted", "Cancelled", None, 3.5),
    ]


def test_a_server_that_is_down_has_run_nothing() -> None:
    assert newest_runs("http://127.0.0.1:20799") == []
