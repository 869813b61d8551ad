"""The files from which the supervisor runs a program, and where it listens."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from stack.program import (
    LEAST_SPACE_MB,
    SPACE_MB,
    Program,
    Setup,
    render_script,
    render_section,
    render_supervisor,
)
from stack.supervisor import Supervisor, SupervisorDownError, socket_path

AWKWARD = "100% \"q\" 'a' $HOME; #x\\ \nsecond line"

LONG = Path("/" + "deep/" * 30)


def run(program: Program) -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", render_script(program)], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_arguments_reach_a_program_as_they_are() -> None:
    assert run(Program("p", ("printf", "%s", AWKWARD))) == AWKWARD


def test_variables_reach_a_program_as_they_are() -> None:
    program = Program("p", ("sh", "-c", 'printf %s "$V"'), environment={"V": AWKWARD})
    assert run(program) == AWKWARD


def test_a_program_runs_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    assert run(Program("p", ("pwd",), directory=folder)).strip() == str(folder)


def test_setup_runs_once(tmp_path: Path) -> None:
    made = tmp_path / "made"
    setup = Setup(creates=made, argv=("sh", "-c", f"echo set up; touch '{made}'"))
    program = Program("p", ("echo", "runs"), setup=setup)
    assert run(program) == "set up\nruns\n"
    assert run(program) == "runs\n"


def test_a_program_does_not_start_when_its_setup_fails(tmp_path: Path) -> None:
    program = Program("p", ("echo", "runs"), setup=Setup(tmp_path / "never", ("false",)))
    done = subprocess.run(
        ["/bin/sh", "-c", render_script(program)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""


def test_the_script_becomes_the_program_so_that_its_id_is_the_programs() -> None:
    assert render_script(Program("p", ("true",))).splitlines()[-1] == "exec true"


def test_a_program_that_yields_runs_at_a_lower_priority(tmp_path: Path) -> None:
    shown = tmp_path / "nice"
    script = tmp_path / "start"
    own = os.getpriority(os.PRIO_PROCESS, 0)
    for yields, added in ((False, 0), (True, 5)):
        show = ("/bin/sh", "-c", f"nice > {shown}")
        script.write_text(render_script(Program("p", show, yields=yields)))
        subprocess.run(["/bin/sh", str(script)], check=True)
        assert int(shown.read_text()) == own + added


def test_a_section_restarts_the_program_and_ends_its_whole_group() -> None:
    section = render_section(Program("p", ("true",), stop_after_s=7), Path("/p.sh"), Path("/p.log"))
    lines = section.splitlines()
    assert lines[0] == "[program:p]"
    expected = {"autorestart=true", "stopasgroup=true", "killasgroup=true", "stopwaitsecs=7"}
    assert expected <= set(lines)


def test_a_program_that_ended_permanently_is_not_restarted() -> None:
    program = Program("p", ("true",), final_exit_codes=(3, 4))
    lines = render_section(program, Path("/p.sh"), Path("/p.log")).splitlines()
    assert {"autorestart=unexpected", "exitcodes=3,4"} <= set(lines)
    assert "autorestart=true" not in lines


def test_a_percent_sign_in_a_path_is_no_expansion() -> None:
    section = render_section(Program("p", ("true",)), Path("/50%/p.sh"), Path("/50%/p.log"))
    assert "command=/bin/sh /50%%/p.sh" in section
    assert "stdout_logfile=/50%%/p.log" in section


def test_the_supervisor_listens_for_its_owner_only() -> None:
    lines = render_supervisor(Path("/home"), Path("/run/s.sock")).splitlines()
    assert "file=/run/s.sock" in lines
    assert "chmod=0600" in lines
    assert "files=programs/*.conf" in lines


def run_with_space(tmp_path: Path, kilobytes: str, *argv: str) -> tuple[int, str]:
    """Run a program that keeps data, and return its code and what it printed.

    Each time that it is asked, `df` finds the next number.
    """
    answers = tmp_path / "answers"
    answers.write_text(f"{kilobytes}\n")
    for name, script in (
        (
            "df",
            f'read first rest < "{answers}"; echo "${{rest:-$first}}" > "{answers}"\n'
            'echo header; echo "disk 1 1 $first 1% $2"\n',
        ),
        ("sleep", ""),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}")
        (tmp_path / name).chmod(0o755)
    # Into a file: what watches the space holds a pipe open until the program is reaped.
    with (tmp_path / "said").open("w") as said:
        done = subprocess.run(
            ["/bin/sh", "-c", render_script(Program("p", argv, data=tmp_path))],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
            stdout=said,
            check=False,
            timeout=60,
        )
    return done.returncode, (tmp_path / "said").read_text()


def test_a_program_that_keeps_data_waits_until_there_is_space(tmp_path: Path) -> None:
    code, said = run_with_space(tmp_path, "10 204799 204800", "echo", "started")
    *waited, last = said.splitlines()
    assert (code, last) == (0, "started")
    assert [f"expected {SPACE_MB} MB free for {tmp_path}" in line for line in waited] == [True] * 2


def test_a_program_that_keeps_data_is_stopped_when_space_runs_out(tmp_path: Path) -> None:
    code, said = run_with_space(tmp_path, "204800 51200 51199", "/bin/sleep", "60")
    assert code == -signal.SIGTERM
    assert f"stopping: expected {LEAST_SPACE_MB} MB free for {tmp_path}" in said


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
