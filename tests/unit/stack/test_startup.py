"""The order of a start, what ends it, and what is printed; the supervisor is a double."""

import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
import rich.console

from stack import console as module
from stack.console import Console
from stack.program import Program
from stack.service import BuildContext, Service
from stack.startup import StartError, Startup
from stack.supervisor import Process, Supervisor


@dataclass
class FakeSupervisor:
    """Remembers what was started; each program runs, unless it is said how else."""

    folder: Path
    started: list[str] = field(default_factory=list)
    states: dict[str, list[Process]] = field(default_factory=dict)

    def start_program(self, program: Program) -> None:
        self.started.append(program.name)

    def processes(self) -> dict[str, Process]:
        return {name: self._process(name) for name in self.started}

    def _process(self, name: str) -> Process:
        states = self.states.get(name)
        if not states:
            return running(name, pid=100)
        return states.pop(0) if len(states) > 1 else states[0]

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def running(name: str, pid: int) -> Process:
    return Process(name, "RUNNING", pid, uptime_s=1, is_wanted=True)


def prepare(context: BuildContext) -> Program:
    raise AssertionError("programs were prepared before")


def service(name: str, *after: str, rounds: int = 1) -> Service:
    """Return a service that is ready when it was asked so many times."""
    asked = iter(range(1, rounds))
    return Service(
        name=name,
        address=f"127.0.0.1/{name}",
        ports={},
        memory_mb=0,
        is_ready=lambda: next(asked, None) is None,
        prepare=prepare,
        after=after,
    )


@pytest.fixture
def supervisor(tmp_path: Path) -> FakeSupervisor:
    return FakeSupervisor(tmp_path)


def start(supervisor: FakeSupervisor, *services: Service, ready: tuple[str, ...] = ()) -> str:
    """Run a start and return what a person saw."""
    output = io.StringIO()
    console = Console(rich.console.Console(file=output))
    programs = {each.name: Program(each.name, ("true",)) for each in services}
    Startup(cast("Supervisor", supervisor), console, programs, set(ready)).run(services)
    return output.getvalue()


def test_every_service_gets_a_line_with_its_time_and_address(supervisor: FakeSupervisor) -> None:
    lines = start(supervisor, service("kafka"), service("trino", rounds=2)).splitlines()
    assert [line.split()[0] for line in lines] == ["kafka", "trino"]
    assert all(line.split()[2] == "s" for line in lines)
    assert lines[0].endswith("127.0.0.1/kafka")


def test_a_service_waits_for_those_that_it_needs(supervisor: FakeSupervisor) -> None:
    start(supervisor, service("store", rounds=3), service("flink", "store"), service("trino"))
    assert supervisor.started == ["store", "trino", "flink"]


def test_what_runs_already_is_not_waited_for(supervisor: FakeSupervisor) -> None:
    start(supervisor, service("flink", "store"), ready=("store",))
    assert supervisor.started == ["flink"]


@pytest.mark.parametrize("state", ["BACKOFF", "EXITED", "FATAL"])
def test_a_service_that_died_fails_the_start(supervisor: FakeSupervisor, state: str) -> None:
    supervisor.states["kafka"] = [replace(running("kafka", 0), state=state)]
    with pytest.raises(StartError, match=r"kafka: .*found that its process ended"):
        start(supervisor, service("kafka", rounds=9))


def test_a_service_that_was_started_again_has_died(supervisor: FakeSupervisor) -> None:
    supervisor.states["kafka"] = [running("kafka", 100), running("kafka", 101)]
    with pytest.raises(StartError, match="found that its process ended"):
        start(supervisor, service("kafka", rounds=9))


def test_a_failure_shows_the_last_lines_of_the_log(supervisor: FakeSupervisor) -> None:
    log = supervisor.log("kafka")
    log.write_text("".join(f"line {number}\n" for number in range(40)))
    supervisor.states["kafka"] = [replace(running("kafka", 0), state="FATAL")]
    with pytest.raises(StartError) as caught:
        start(supervisor, service("kafka", rounds=9))
    message = str(caught.value)
    assert str(log) in message
    assert message.endswith("    line 39")
    assert "line 24\n" not in message


def test_a_service_that_does_not_become_ready_in_time_fails_the_start(
    supervisor: FakeSupervisor,
) -> None:
    slow = replace(service("trino", rounds=99), start_within_s=0)
    with pytest.raises(StartError, match="found it not ready after 0 s"):
        start(supervisor, slow)


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


def test_a_line_is_written_as_it_is(output: io.StringIO) -> None:
    text = "kafka [main] " + "x" * 200
    Console(rich.console.Console(file=output)).line(text)
    assert output.getvalue() == text + "\n"


def test_a_long_step_reports_its_progress(
    output: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PLAIN_INTERVAL_S", 0)
    console = Console(rich.console.Console(file=output))
    with console.progress("fetching", 821_000_000) as show:
        show(210_000_000)
    lines = output.getvalue().splitlines()
    assert lines[:2] == ["fetching ...", "fetching: 210 of 821 MB"]
    assert lines[2].startswith("fetching: done in ")


def test_a_failed_step_is_not_reported_as_done(output: io.StringIO) -> None:
    console = Console(rich.console.Console(file=output))
    with pytest.raises(ValueError, match="broken"), console.progress("fetching", None):
        raise ValueError("broken")
    assert "done" not in output.getvalue()


def test_a_terminal_gets_a_bar_with_bytes(output: io.StringIO) -> None:
    terminal = rich.console.Console(file=output, force_terminal=True, width=120)
    with Console(terminal).progress("fetching", 821_000_000) as show:
        show(821_000_000)
    assert "821.0/821.0 MB" in output.getvalue()
