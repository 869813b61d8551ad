"""Where a supervisor listens, and what it says when none runs."""

from pathlib import Path

import pytest

from stack.program import Program
from stack.supervisor import Supervisor, SupervisorDownError, socket_path

LONG = Path("/" + "deep/" * 30)


def test_the_socket_is_in_the_stacks_own_folder(tmp_path: Path) -> None:
    assert socket_path(Path("/srv/tidemark")) == Path("/srv/tidemark/supervisor.sock")


def test_a_socket_whose_path_would_be_too_long_is_in_a_short_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    path = socket_path(LONG)
    assert path.is_relative_to("/run/user/1000")
    assert len(str(path)) < 90
    assert path == socket_path(LONG)


def test_two_long_homes_do_not_share_a_socket() -> None:
    assert socket_path(LONG / "a") != socket_path(LONG / "b")


def test_a_stack_without_a_supervisor_has_no_programs(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    assert not supervisor.is_alive()
    assert supervisor.processes() == {}
    assert supervisor.pid("kafka") is None


def test_a_program_cannot_start_without_a_supervisor(tmp_path: Path) -> None:
    with pytest.raises(SupervisorDownError, match="start the stack with `tidemark up`"):
        Supervisor(tmp_path).start_program(Program("p", ("true",)))


def test_shutting_down_what_does_not_run_does_nothing(tmp_path: Path) -> None:
    Supervisor(tmp_path).shutdown()
    assert list(tmp_path.iterdir()) == []
