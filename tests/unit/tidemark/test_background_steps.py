"""Steps beside a view."""

from threading import Event

from market.errors import TidemarkError
from stack.console import Console
from tidemark.background_steps import BackgroundSteps

WITHIN_S = 10.0


def test_a_step_shows_its_last_line_until_it_is_done() -> None:
    printed, go_on = Event(), Event()

    def step(console: Console) -> None:
        console.line("starting:")
        console.line("  trino   12.0 s   http://127.0.0.1:8080")
        printed.set()
        go_on.wait(WITHIN_S)

    background = BackgroundSteps([step])
    background.start()
    assert printed.wait(WITHIN_S)
    assert background.state == "trino   12.0 s   http://127.0.0.1:8080"
    go_on.set()
    background.join(WITHIN_S)
    assert background.state == ""


def test_a_step_that_fails_says_why_in_one_line() -> None:
    def step(_: Console) -> None:
        raise TidemarkError("trino: found that its process ended:\n the end of its log")

    background = BackgroundSteps([step])
    background.start()
    background.join(WITHIN_S)
    assert background.state == "failed: trino: found that its process ended:"


def test_no_step_begins_after_the_end() -> None:
    began, go_on, steps = Event(), Event(), list[str]()

    def first(_: Console) -> None:
        steps.append("first")
        began.set()
        go_on.wait(WITHIN_S)

    background = BackgroundSteps([first, lambda _: steps.append("second")])
    background.start()
    assert began.wait(WITHIN_S)
    background.end()
    go_on.set()
    background.join(WITHIN_S)
    assert steps == ["first"]
