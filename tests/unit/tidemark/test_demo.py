"""Which market a demo watches."""

from pathlib import Path

import pytest

from stack.settings import read_settings
from tests.unit.verify.test_compare import trade, write
from tidemark.commands.demo import choose_source, exchange_of
from verify.replay_plan import ReplayError


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
