import socket
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import requests
from fastapi import FastAPI

from connectors.connect.config import Settings
from connectors.connect.errors import ConfigError
from connectors.connect.status_server import StatusServer, status_page
from connectors.connect.task_runner import TaskPlan, TaskRunner, TaskState
from connectors.connect.telemetry import Metric
from connectors.connect.worker_config import WorkerConfig
from market.dictionary.names import Namespace
from tests.support.connector_doubles import HandClock

CONFIG = WorkerConfig("127.0.0.1:1", "group", Namespace(), "127.0.0.1", 0, 0.25, 100, 5, 0.5, 60)


def never() -> None:
    raise AssertionError("no task is started here")


def runner(connector: str, number: int = 0) -> TaskRunner:
    plan = TaskPlan(connector, number, never, Settings({"symbols": "BTCUSDT,币安人生USDT"}))  # type: ignore[arg-type]
    return TaskRunner(plan, CONFIG, HandClock())


@pytest.fixture
def runners() -> list[TaskRunner]:
    return [runner("spot"), runner("spot", 1), runner("bitcoin")]


@pytest.fixture
def page(runners: list[TaskRunner]) -> FastAPI:
    return status_page("group", runners)


@pytest.fixture
def server(page: FastAPI) -> Iterator[StatusServer]:
    with StatusServer("127.0.0.1", 0, page) as running:
        yield running


def answer(server: StatusServer, path: str) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{server.port}{path}", timeout=5)


def content(server: StatusServer, path: str) -> tuple[int, Any]:
    found = answer(server, path)
    assert found.headers["Content-Type"] == "application/json"
    return found.status_code, found.json()


def test_the_root_names_version_and_group(server: StatusServer) -> None:
    status, found = content(server, "/")
    assert (status, set(found), found["group_id"]) == (200, {"version", "group_id"}, "group")


def test_connectors_are_listed_once_each(server: StatusServer) -> None:
    assert content(server, "/connectors") == (200, ["spot", "bitcoin"])


def test_a_connectors_status_shows_each_task_with_its_metrics(
    server: StatusServer, runners: list[TaskRunner]
) -> None:
    runners[1].state = TaskState.RUNNING
    runners[1].telemetry.add(Metric.RECORDS, 7)
    _, found = content(server, "/connectors/spot/status")
    assert (found["name"], found["type"]) == ("spot", "source")
    assert found["tasks"] == [
        {"id": 0, "state": "UNASSIGNED", "worker_id": "group", "metrics": {}},
        {
            "id": 1,
            "state": "RUNNING",
            "worker_id": "group",
            "metrics": {"records_written_total": 7},
        },
    ]


def test_a_connectors_tasks_show_what_each_is_configured_to_read(server: StatusServer) -> None:
    _, found = content(server, "/connectors/spot/tasks")
    assert found == [
        {"id": {"connector": "spot", "task": number}, "config": {"symbols": "BTCUSDT,币安人生USDT"}}
        for number in (0, 1)
    ]


def test_a_failed_task_shows_its_trace(server: StatusServer, runners: list[TaskRunner]) -> None:
    runners[2].state, runners[2].trace = TaskState.FAILED, "FencedError: ..."
    _, found = content(server, "/connectors/bitcoin/status")
    assert found["tasks"][0]["trace"] == "FencedError: ..."


@pytest.mark.parametrize("path", ["/connectors/mars/status", "/nothing", "/connectors/spot"])
def test_an_unknown_path_is_answered_with_the_known_ones(server: StatusServer, path: str) -> None:
    status, found = content(server, path)
    assert status == HTTPStatus.NOT_FOUND
    assert "known:" in str(found["message"])


def test_metrics_are_prometheus_text(server: StatusServer) -> None:
    found = answer(server, "/metrics")
    assert (found.status_code, found.headers["Content-Type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    assert 'tidemark_connector_frames_total{connector="spot",task="1"} 0.0\n' in found.text


def test_a_query_that_nothing_reads_does_no_harm(server: StatusServer) -> None:
    assert content(server, "/connectors?expand=status") == (200, ["spot", "bitcoin"])


def test_the_page_describes_itself(server: StatusServer) -> None:
    _, found = content(server, "/openapi.json")
    assert set(found["paths"]) == {
        "/",
        "/connectors",
        "/connectors/{name}/status",
        "/connectors/{name}/tasks",
        "/metrics",
    }


def test_only_reading_is_allowed(server: StatusServer) -> None:
    found = requests.delete(f"http://127.0.0.1:{server.port}/connectors", timeout=5)
    assert (found.status_code, found.json()["error_code"]) == (405, 405)


def test_a_reader_that_takes_nothing_does_not_keep_it_from_ending(page: FastAPI) -> None:
    with socket.socket() as reader, StatusServer("127.0.0.1", 0, page) as running:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
        reader.connect(("127.0.0.1", running.port))
        reader.sendall(b"GET /metrics HTTP/1.1\r\nHost: tidemark\r\n\r\n" * 2_000)
        time.sleep(0.5)
        begun_s = time.monotonic()
    assert time.monotonic() - begun_s < 4


def test_a_port_in_use_is_reported_with_what_to_do(page: FastAPI) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{port}.*choose another port"):
            StatusServer("127.0.0.1", port, page)
