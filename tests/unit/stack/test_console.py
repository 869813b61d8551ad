"""What a person sees where there is no terminal."""

import io

import pytest
import rich.console

from stack import console as module
from stack.console import Console


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
