"""Which market a demo watches, and the steps beside its view."""

from pathlib import Path
from threading import Event

import pytest

from market.errors import TidemarkError
from stack.console import Console
from stack.settings import read_settings
from tests.unit.verify.test_compare import trade, write
from tidemark.background_steps import BackgroundSteps
from tidemark.commands.demo import choose_source, exchange_of
from verify.replay_plan import ReplayError

WITHIN_S = 10.0


def test_the_synthetic_market_is_the_default() -> None:
    source = choose_source(None, "simulator", "BTCUSDT, ETHUSDT", "1")
    assert list(source.symbols) == ["BTCUSDT", "ETHUSDT"]
    assert list(source.simulator) == ["--synthetic", "BTCUSDT,ETHUSDT", "--speed", "1"]
    assert not source.recorded


def test_a_capture_brings_its_own_symbols_and_wins(tmp_path: Path) -> None:
    path = write(tmp_path / "spot_ethusdt_20240101.gz", [trade(1, 5_000)])
    write(tmp_path / "usdm_ethusdt_20240101.gz", [trade(1, 5_000)])
    source = choose_source(tmp_path, "live", "BTCUSDT", "10")
    assert source.exchange == "simulator"
    assert list(source.symbols) == ["ETHUSDT"]
    assert list(source.simulator) == ["--capture", str(path.resolve()), "--speed", "10"]
    assert source.recorded


def test_flows_ask_the_exchange_that_the_demo_watches() -> None:
    settings = read_settings({"TIDEMARK_PORT_BASE": "22000"})
    simulated = choose_source(None, "simulator", "BTCUSDT", "1")
    assert exchange_of(settings, simulated) == f"http://127.0.0.1:{settings.ports.simulator}"
    assert exchange_of(settings, choose_source(None, "live", "BTCUSDT", "1")) == "live"


def test_the_live_exchange_starts_no_simulator() -> None:
    source = choose_source(None, "live", "BTCUSDT", "1")
    assert (source.exchange, list(source.simulator)) == ("live", [])


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="found none"):
        choose_source(tmp_path / "nowhere", "simulator", "BTCUSDT", "1")


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
