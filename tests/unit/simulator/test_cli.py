import socket

import pytest
from click.testing import CliRunner

from simulator.cli import main
from tests.support.simulated_exchange import START_MS, line, trade_line, write_capture


def _run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_help_explains_both_feeds_and_every_fault():
    text = _run("--help").output
    for word in ("--capture", "--synthetic", "--speed", "/control/faults", "after_frames"):
        assert word in text
    for kind in ("cut", "drop", "delay", "silence", "stall", "refuse", "shutdown", "rest_error"):
        assert kind in text


def test_a_missing_capture_is_one_clear_error(tmp_path):
    result = _run("--capture", str(tmp_path / "absent.gz"))
    assert result.exit_code == 1
    assert result.output.count("Error:") == 1
    assert "absent.gz: expected a file or folder, found none" in result.output


def test_a_futures_capture_is_refused_by_name(tmp_path):
    data = {"e": "trade", "E": START_MS, "s": "BTCUSDT", "X": "MARKET"}
    path = write_capture(tmp_path / "um.gz", [line(START_MS, "btcusdt@trade", data)])
    result = _run("--market", "spot", "--capture", str(path))
    assert result.exit_code == 1
    assert "um.gz: expected spot" in result.output


def test_a_port_in_use_is_one_clear_error(tmp_path):
    capture = write_capture(tmp_path / "spot_a.gz", [trade_line(1, START_MS)])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = _run("--capture", str(capture), "--port", str(port))
    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in result.output


def test_exactly_one_feed_is_expected(tmp_path):
    assert "either --capture PATH or --synthetic SYMBOLS, found neither" in _run().output
    both = _run("--capture", str(tmp_path), "--synthetic", "BTCUSDT")
    assert both.exit_code == 2
    assert "found both" in both.output


def test_a_capture_takes_no_past(tmp_path):
    capture = write_capture(tmp_path / "spot_a.gz", [trade_line(1, START_MS)])
    result = _run("--capture", str(capture), "--port", "0", "--past-hours", "2")
    assert result.exit_code == 2
    assert "expected a synthetic market, found 2 hours for a capture" in result.output


def test_a_bad_speed_and_a_bad_fault_are_usage_errors():
    assert "expected a number above 0 or max, found -1" in _run("--speed", "-1").output
    good, bad = '{"kind":"drop"}', '{"kind":"silence"}'
    output = _run("--fault", good, "--fault", bad).output
    assert "--fault" in output
    assert "silence: expected seconds > 0, found 0.0" in output
    assert f"; found {bad}" in output


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (("btcusdt, ETHUSDT",), "BTCUSDT, ETHUSDT;"),
        (("500",), "XRPUSDT, BNBUSDT, ADAUSDT, LINKUSDT and 492 more;"),
        (("2", "--market", "usdm"), "BTCUSDT, ETHUSDT;"),
    ],
)
def test_symbols_are_given_by_name_or_by_number(options, shown):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = _run("--port", port, "--synthetic", *options)
    assert shown in result.output


@pytest.mark.parametrize("symbols", ["0", "", " , "])
def test_an_empty_list_of_symbols_is_a_usage_error(symbols):
    result = _run("--synthetic", symbols)
    assert result.exit_code == 2
    assert f"expected symbols, or how many of them, found {symbols!r}" in result.output
