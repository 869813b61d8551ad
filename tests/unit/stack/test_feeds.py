"""The simulator and the connector as programs: command lines and configuration files."""

import json
from pathlib import Path

import pytest

from connectors.connect.worker import plan_tasks
from connectors.connect.worker_config import read_connector_file, read_worker_config
from market.errors import TidemarkError
from stack.feeds import Feed, connector_program, simulator_program, simulator_status
from stack.program import render_section
from stack.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environment = {"TIDEMARK_HOME": str(tmp_path), "TIDEMARK_NAMESPACE": "check"}
    return read_settings(environment)


def test_the_simulator_listens_on_loopback_with_the_options_of_its_market(
    settings: Settings,
) -> None:
    program = simulator_program("market", settings, 9_555, ["--synthetic", "BTCUSDT"])
    assert program.argv[1:3] == ("-m", "simulator")
    assert program.argv[3:7] == ("--host", "127.0.0.1", "--port", "9555")
    assert program.argv[-2:] == ("--synthetic", "BTCUSDT")


def test_the_connectors_own_readers_accept_what_is_written_for_it(
    settings: Settings, tmp_path: Path
) -> None:
    feed = Feed("simulator", ["BTCUSDT", "ETHUSDT"], 9_555, 0, {"backfill.max.trades": "0"})
    program = connector_program("connector", settings, feed)
    worker = read_worker_config(Path(program.argv[-2]), {})
    assert worker.namespace.prefix == "check"
    assert worker.bootstrap_servers == settings.kafka.bootstrap_servers
    source = read_connector_file(Path(program.argv[-1]))
    assert source.config["symbols"] == "BTCUSDT,ETHUSDT"
    assert source.config["simulator.url"] == "http://127.0.0.1:9555"
    assert source.config["backfill.max.trades"] == "0"
    assert Path(program.argv[-1]).is_relative_to(tmp_path)


def test_books_are_fetched_by_the_same_worker_with_a_source_for_each_market(
    settings: Settings,
) -> None:
    feed = Feed(
        "simulator",
        ["BTCUSDT"],
        9_555,
        0,
        books={"binance-spot": ["BTCUSDT"], "binance-usdm": ["ETHUSDT"]},
        book_options={"binance-usdm": {"depth.speed": "0ms"}},
    )
    program = connector_program("connector", settings, feed)
    sources = [read_connector_file(Path(path)) for path in program.argv[5:]]
    assert [plan.connector for plan in plan_tasks(sources)] == [
        "binance-spot-books",
        "binance-usdm-books",
        "binance-spot",
    ]
    assert "depth.speed" not in sources[0].config
    assert sources[1].config["depth.speed"] == "0ms"
    assert sources[1].config["symbols"] == "ETHUSDT"


def test_books_may_be_fetched_without_any_trades(settings: Settings) -> None:
    feed = Feed("live", [], 9_555, 0, books={"binance-usdm": ["BTCUSDT"]})
    (path,) = connector_program("connector", settings, feed).argv[5:]
    assert read_connector_file(Path(path)).name == "binance-usdm-books"


def test_a_feed_without_symbols_is_refused_with_its_exchange(settings: Settings) -> None:
    with pytest.raises(TidemarkError, match=r"connector mine: expected symbols .* from live"):
        connector_program("mine", settings, Feed("live", [], 1, 0))


def test_books_of_a_market_without_a_connector_are_refused(settings: Settings) -> None:
    with pytest.raises(TidemarkError, match="found 'binance-coinm'"):
        connector_program(
            "connector", settings, Feed("live", [], 1, 0, books={"binance-coinm": ["X"]})
        )


def test_the_live_exchange_needs_no_simulator(settings: Settings) -> None:
    program = connector_program("connector", settings, Feed("live", ["BTCUSDT"], 9_555, 0))
    config = json.loads(Path(program.argv[-1]).read_text())["config"]
    assert config["exchange"] == "live"
    assert "simulator.url" not in config


def test_two_namespaces_have_two_groups_so_that_neither_fences_the_other(tmp_path: Path) -> None:
    groups = set()
    for prefix in ("", "one", "two"):
        settings = read_settings(
            {"TIDEMARK_HOME": str(tmp_path / prefix), "TIDEMARK_NAMESPACE": prefix}
        )
        program = connector_program("connector", settings, Feed("live", ["BTCUSDT"], 1, 0))
        groups.add(read_worker_config(Path(program.argv[-2]), {}).group_id)
    assert len(groups) == 3


def test_a_connector_that_failed_permanently_stays_down_so_that_two_do_not_fence_in_turn(
    settings: Settings,
) -> None:
    program = connector_program("connector", settings, Feed("live", ["BTCUSDT"], 1, 0))
    section = render_section(program, Path("/p.sh"), Path("/p.log"))
    assert "\nautorestart=unexpected\nexitcodes=3\n" in section


def test_a_feed_without_symbols_is_refused(settings: Settings) -> None:
    with pytest.raises(TidemarkError, match="expected symbols"):
        connector_program("connector", settings, Feed("live", [], 9_555, 0))


def test_a_simulator_that_is_not_there_has_no_status() -> None:
    assert simulator_status(1) is None
