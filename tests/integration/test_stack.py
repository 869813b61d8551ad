"""The local stack as a person uses it: up, status, a killed service, down."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import trino

from stack.hold import hold
from stack.orphans import find_marked
from stack.settings import read_settings
from stack.stack import Stack
from tests.support.running_stack import RunningStack

SERVICES = [
    "kafka",
    "objectstore",
    "mongodb",
    "jobmanager",
    "taskmanager",
    "trino",
    "prefect",
    "prefect-worker",
]


def tidemark(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tidemark", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def status(environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    entries = json.loads(tidemark(environment, "status", "--json").stdout)
    return {entry["name"]: entry for entry in entries}


def wait_until_well(environment: dict[str, str], seconds: float) -> dict[str, dict[str, Any]]:
    deadline = time.monotonic() + seconds
    while tidemark(environment, "status").returncode:
        assert time.monotonic() < deadline, tidemark(environment, "status").stdout
        time.sleep(0.5)
    return status(environment)


def with_default_signals() -> None:
    """Undo what a ring in the background hands down to its children: an ignored SIGINT."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def kill_supervisor(home: Path) -> None:
    """Kill it, and wait until the system has taken it away."""
    supervisor = psutil.Process(int((home / "supervisor" / "supervisord.pid").read_text()))
    supervisor.kill()
    psutil.wait_procs([supervisor], timeout=10)


def services(home: Path) -> list[str]:
    """Return the names of a stack's processes, without what watches the space of their disk."""
    names = [process.name() for process in find_marked(home)]
    return [name for name in names if name not in ("sh", "sleep", "df", "awk")]


@pytest.fixture
def small(stack: RunningStack, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of another stack, of which a test starts the object store only."""
    environment = stack.environment | {
        "TIDEMARK_HOME": str(tmp_path / "home"),
        "TIDEMARK_PORT_BASE": str(stack.settings.ports.kafka + 150),
    }
    yield environment
    Stack(read_settings(environment)).down()


def test_every_service_of_the_stack_is_ready(stack: RunningStack) -> None:
    found = status(stack.environment)
    assert [name for name in found if name in SERVICES] == SERVICES
    assert {found[name]["state"] for name in SERVICES} <= {"ready", "external"}
    assert sum(entry["memory_mb"] for entry in found.values()) < 8192


def test_trino_sees_the_lake_and_the_current_windows(stack: RunningStack) -> None:
    port = stack.settings.ports.trino
    with trino.dbapi.connect(host="127.0.0.1", port=port, user="test") as connection:
        catalogs = connection.cursor().execute("SHOW CATALOGS").fetchall()
        assert {"lake", "live"} <= {name for (name,) in catalogs}
        for catalog in ("lake", "live"):
            schemas = connection.cursor().execute(f"SHOW SCHEMAS FROM {catalog}").fetchall()
            assert ["information_schema"] in schemas


def test_a_second_up_says_that_everything_is_up(stack: RunningStack) -> None:
    before = {name: entry["pid"] for name, entry in status(stack.environment).items()}
    result = tidemark(stack.environment, "up")
    assert result.returncode == 0
    assert "already up: kafka, objectstore, mongodb" in result.stderr
    assert {name: entry["pid"] for name, entry in status(stack.environment).items()} == before


def test_killed_services_come_back(stack: RunningStack) -> None:
    found = status(stack.environment)
    killed = {
        name: found[name]["pid"]
        for name in ("kafka", "mongodb", "taskmanager")
        if found[name]["pid"] is not None  # external, else
    }
    if not killed:
        pytest.skip("all of them are external here")
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    after = wait_until_well(stack.environment, 120)
    for name, pid in killed.items():
        assert after[name]["pid"] not in {pid, None}


def test_what_a_service_printed_can_be_read(stack: RunningStack) -> None:
    result = tidemark(stack.environment, "logs", "trino", "-n", "50000")
    assert result.returncode == 0
    assert "SERVER STARTED" in result.stdout


def test_down_also_ends_what_a_killed_supervisor_left_behind(small: dict[str, str]) -> None:
    # A service that goes on although nobody reads what it prints.
    assert tidemark(small, "up", "mongodb").returncode == 0
    home = Path(small["TIDEMARK_HOME"])
    kill_supervisor(home)
    assert len(services(home)) == 1
    assert tidemark(small, "down").returncode == 0
    assert find_marked(home) == []


def test_up_goes_on_where_a_killed_supervisor_left_off_and_down_keeps_the_data(
    small: dict[str, str],
) -> None:
    assert tidemark(small, "up", "objectstore").returncode == 0
    home = Path(small["TIDEMARK_HOME"])
    kill_supervisor(home)
    assert tidemark(small, "up", "objectstore").returncode == 0
    assert len(services(home)) == 2
    assert tidemark(small, "down").returncode == 0
    assert find_marked(home) == []
    assert (home / "objectstore" / "data").is_dir()


def test_a_taken_port_is_refused_before_anything_starts(small: dict[str, str]) -> None:
    port = read_settings(small).ports.s3
    with socket.create_server(("127.0.0.1", port)):
        result = tidemark(small, "up", "objectstore")
    assert result.returncode == 1
    assert f"objectstore: expected port {port} (S3) to be free, found" in result.stderr
    assert f"(pid {os.getpid()})" in result.stderr
    assert find_marked(Path(small["TIDEMARK_HOME"])) == []


def test_a_service_that_dies_fails_the_start_with_its_last_words(small: dict[str, str]) -> None:
    home = Path(small["TIDEMARK_HOME"])
    (home / "objectstore").mkdir(parents=True)
    (home / "objectstore" / "data").mkdir()
    (home / "objectstore" / "data" / "filerldb2").write_text("no database")
    result = tidemark(small, "up", "objectstore")
    assert result.returncode == 1
    assert "found that its process ended; the end of" in result.stderr
    assert re.search(r"^    \S", result.stderr, re.MULTILINE)
    assert find_marked(home) == []


def test_up_waits_for_a_command_that_still_stops_the_stack_and_wiping_leaves_nothing(
    small: dict[str, str],
) -> None:
    command = [sys.executable, "-m", "tidemark", "up", "objectstore"]
    with hold(Path(small["TIDEMARK_HOME"]), print):
        process = subprocess.Popen(command, env=small, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        said = process.stderr.readline()
    assert f"(pid {os.getpid()}) starts or stops this stack: waiting" in said
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert tidemark(small, "down", "--wipe").returncode == 0
    assert not Path(small["TIDEMARK_HOME"]).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_nothing_running(
    small: dict[str, str], number: signal.Signals
) -> None:
    home = Path(small["TIDEMARK_HOME"])
    command = [sys.executable, "-m", "tidemark", "up", "kafka"]
    with subprocess.Popen(
        command, env=small, stderr=subprocess.PIPE, text=True, preexec_fn=with_default_signals
    ) as process:
        assert process.stderr is not None
        while "starting:" not in process.stderr.readline():
            pass
        time.sleep(0.5)
        process.send_signal(number)
        said = process.stderr.read()
        assert process.wait(60) == 130
    assert "interrupted" in said
    assert find_marked(home) == []
