"""The files from which the supervisor runs a program."""

import os
import subprocess
from pathlib import Path

from stack.program import (
    SPACE_MB,
    Program,
    Setup,
    render_script,
    render_section,
    render_supervisor,
)

AWKWARD = "100% \"q\" 'a' $HOME; #x\\ \nsecond line"


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


def test_a_program_that_keeps_data_waits_until_there_is_space(tmp_path: Path) -> None:
    found = tmp_path / "df"
    answers = tmp_path / "answers"
    answers.write_text("10 204799 204800\n")
    found.write_text(
        "#!/bin/sh\n"
        f'read first rest < "{answers}"; echo "$rest" > "{answers}"\n'
        'echo header; echo "disk 1 1 $first 1% $2"\n'
    )
    found.chmod(0o755)
    (tmp_path / "sleep").write_text("#!/bin/sh\n")
    (tmp_path / "sleep").chmod(0o755)
    program = Program("p", ("echo", "started"), data=tmp_path)
    done = subprocess.run(
        ["/bin/sh", "-c", render_script(program)],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    *waited, last = done.stdout.splitlines()
    assert last == "started"
    assert [f"expected {SPACE_MB} MB free for {tmp_path}" in line for line in waited] == [True] * 2
