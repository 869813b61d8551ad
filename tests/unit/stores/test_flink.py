"""The client of Flink's REST API, against a server that answers as Flink does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stores import flink as cluster
from stores.flink import Cluster, ClusterError

Answer = tuple[int, dict[str, object]]
BUSY: Answer = (
    400,
    {"errors": ["Internal server error.", "at A\nCaused by: java.lang.IllegalArgumentException"]},
)
BROKEN: Answer = (400, {"errors": ["at A\nCaused by: java.lang.IllegalStateException: no module"]})


@contextmanager
def flink(*answers: Answer) -> Iterator[Cluster]:
    """Give answers in order; the last one again and again."""
    given = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = given.pop(0) if len(given) > 1 else given[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    try:
        yield Cluster(f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_BUSY_POLL_S", 0.0)


def test_a_job_that_another_one_kept_from_starting_is_submitted_again() -> None:
    with flink(BUSY, BUSY, (200, {"jobid": "abc"})) as found:
        assert found.run("a.jar", [], None) == "abc"


def test_a_job_that_cannot_start_is_refused_at_once_with_the_cause() -> None:
    with (
        flink(BROKEN, (200, {"jobid": "abc"})) as found,
        pytest.raises(ClusterError, match="IllegalStateException: no module"),
    ):
        found.run("a.jar", [], None)
