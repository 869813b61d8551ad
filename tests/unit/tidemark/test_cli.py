"""The command line: what it lists, and how it shows an error."""

import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from stack.stack import Stack
from tidemark.cli import COMMANDS, main


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    """Return a runner whose stack is an empty folder on ports of its own."""
    home = str(tmp_path / "home")
    return CliRunner(env={"TIDEMARK_HOME": home, "TIDEMARK_PORT_BASE": "20700"})


def test_help_lists_every_command_with_its_line(runner: CliRunner) -> None:
    output = runner.invoke(main, ["--help"]).output
    for name, line in COMMANDS.items():
        assert f"  {name} " in output
        assert line in output


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_listed_command_can_be_imported(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_an_unknown_command_is_named(runner: CliRunner) -> None:
    result = runner.invoke(main, ["dwon"])
    assert result.exit_code == 2
    assert "dwon" in result.output


def test_an_error_of_ours_is_shown_as_a_message_without_a_traceback(runner: CliRunner) -> None:
    result = runner.invoke(main, ["status"], env={"TIDEMARK_KAFKA_PORT": "nine"})
    assert result.exit_code == 1
    assert "Error: TIDEMARK_KAFKA_PORT='nine'" in result.output
    assert "Traceback" not in result.output


def test_status_of_a_stack_that_never_ran_is_all_down_and_exits_with_1(runner: CliRunner) -> None:
    result = runner.invoke(main, ["status"])
    assert result.exit_code == 1
    states = [line.split()[:2] for line in result.stdout.splitlines()]
    assert ["kafka", "down"] in states
    assert all(state == "down" for _, state in states)


def test_an_unknown_service_is_refused_with_the_known_ones(runner: CliRunner) -> None:
    result = runner.invoke(main, ["up", "zookeeper"])
    assert result.exit_code == 1
    assert "'zookeeper': expected one of kafka, objectstore, mongodb" in result.output


def test_logs_that_do_not_exist_are_refused(runner: CliRunner) -> None:
    result = runner.invoke(main, ["logs", "kafka"])
    assert result.exit_code == 1
    assert "logs of 'kafka': expected one of nothing yet" in result.output


def test_logs_shows_the_last_lines(runner: CliRunner, tmp_path: Path) -> None:
    log = tmp_path / "home" / "logs" / "kafka.log"
    log.parent.mkdir(parents=True)
    log.write_text("first\nsecond\nthird\n")
    assert runner.invoke(main, ["logs", "kafka", "-n", "2"]).stdout == "second\nthird\n"


def test_wipe_refuses_a_folder_that_is_not_a_stacks_home(runner: CliRunner, tmp_path: Path) -> None:
    precious = tmp_path / "home" / "thesis.tex"
    precious.parent.mkdir()
    precious.touch()
    result = runner.invoke(main, ["down", "--wipe"])
    assert result.exit_code == 1
    assert "nothing was removed" in result.output
    assert precious.exists()


def test_the_exit_code_of_prefect_is_ours(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda argv, **_: subprocess.CompletedProcess(argv, 7))
    assert runner.invoke(main, ["flows", "list"]).exit_code == 7


def test_ctrl_c_while_the_stack_starts_exits_like_a_signal(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Stack, "up", interrupt)
    result = runner.invoke(main, ["up"])
    assert result.exit_code == 130
    assert "interrupted: what was started has been stopped" in result.output


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], "found none"),
        (["--capture", "here", "--chaos", "7"], "found --capture and --chaos"),
        (["--capture", "here", "--plan", "p.json"], "found --capture and --plan"),
    ],
)
def test_a_proof_has_one_market(runner: CliRunner, options: list[str], found: str) -> None:
    result = runner.invoke(main, ["verify", *options])
    assert result.exit_code == 2
    expected = "expected one of --capture FOLDER, --chaos SEED and --plan FILE"
    assert f"{expected}, {found}" in result.output


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--fault", "cut,flood"], "expected some of cut,late,kill, found flood"),
        (["--only", "storm"], "found storm"),
        (["--fault", "cut", "--kill", "connector"], "story of its own; found --kill connector"),
        (["--fault", "cut", "--check", "v1"], "story of its own; found --check v1"),
        (
            ["--kill", "connector", "--kill", "connector"],
            "expected each process once, found connector, connector",
        ),
    ],
)
def test_a_proofs_options_are_refused_with_what_was_given(
    runner: CliRunner, options: list[str], found: str
) -> None:
    result = runner.invoke(main, ["verify", "--capture", "here", *options])
    assert result.exit_code == 2
    assert found in result.output


def test_a_plan_that_cannot_be_used_is_named(runner: CliRunner, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    result = runner.invoke(main, ["verify", "--plan", str(plan)])
    assert result.exit_code == 2
    assert f"expected a file with a plan, found {plan}: No such file" in result.output
    plan.write_text("[]")
    result = runner.invoke(main, ["verify", "--plan", str(plan)])
    assert result.exit_code == 2
    assert f"{plan}: plan: expected JSON with seed" in result.output


def test_a_migration_that_exists_is_never_written_again(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "m0008_mark_prices.json"
    file.write_text("{}")
    options = ["lake", "freeze", str(file), "trades", "--name", "mark prices"]
    result = runner.invoke(main, options)
    assert result.exit_code == 1
    assert f"{file}: expected a new file, found one" in result.output
    assert file.read_text() == "{}"


def test_what_needs_the_stack_names_the_services_that_are_down(runner: CliRunner) -> None:
    result = runner.invoke(main, ["jobs", "submit"])
    assert result.exit_code == 1
    assert "expected the whole stack to be up, found: kafka is down, " in result.output
    assert "start it with `tidemark up`" in result.output
