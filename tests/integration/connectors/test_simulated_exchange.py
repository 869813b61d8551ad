"""The worker on the simulated exchange, with every fault of a feed: nothing may be missing."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from market.dictionary.names import Namespace
from tests.integration.connectors.kafka_topics import read_topic
from tests.integration.connectors.worker_process import ROOT, WorkerProcess, free_port

TRADES_TOPIC = "trades.binance-spot"

FAULTS = (
    {"kind": "drop", "stream": "btcusdt@trade", "count": 7, "after_frames": 100},
    {"kind": "duplicate", "stream": "btcusdt@trade", "count": 3, "after_frames": 200},
    {"kind": "reorder", "stream": "btcusdt@trade", "count": 3, "after_frames": 300},
    {"kind": "corrupt", "stream": "btcusdt@trade", "count": 4, "after_frames": 400},
    {"kind": "rest_error", "endpoint": "historicalTrades", "status": 503, "count": 2},
    {"kind": "cut", "stream": "btcusdt@trade", "seconds": 1, "after_frames": 900},
)


class Simulator:
    """A synthetic market at ten times real time."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "simulator", "--port", str(self.port), "--seed", "7"]
        market = ["--synthetic", "BTCUSDT,ETHUSDT", "--speed", "10", "--start", "on-subscribe"]
        faults = [part for fault in FAULTS for part in ("--fault", json.dumps(fault))]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, *market, *faults], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
            )

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as response:
            return json.load(response)

    def wait(self) -> None:
        end_s = time.monotonic() + 20
        while time.monotonic() < end_s:
            try:
                self.get("/api/v3/time")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the simulator did not start within 20 s")


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    running = Simulator(tmp_path / "simulator.log")
    try:
        running.wait()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(10)


def faults_done(simulator: Simulator) -> bool:
    return all(fault["state"] == "done" for fault in simulator.get("/control/status")["faults"])


def test_all_faults_and_a_kill_leave_every_trade_written_once(
    simulator: Simulator, tmp_path: Path, bootstrap_servers: str, namespace: Namespace
) -> None:
    worker = WorkerProcess(tmp_path, bootstrap_servers, namespace.prefix, simulator.url).start()
    try:
        worker.wait_until(lambda _: faults_done(simulator), timeout_s=60)
        worker.wait_until(lambda w: w.metric("connects_total") == 4)
        worker.kill()
        worker.start()
        worker.wait_until(lambda w: w.metric("records_written_total") > 200, timeout_s=60)
        assert worker.terminate() == 0
    finally:
        worker.process.kill()
    values = [
        record.value for record in read_topic(bootstrap_servers, namespace.topic(TRADES_TOPIC))
    ]
    for symbol in ("BTCUSDT", "ETHUSDT"):
        trades = [v for v in values if v["kind"] == "trade" and v["symbol"] == symbol]
        ids = [trade["trade_id"] for trade in trades]
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        assert {trade["missing_before"] for trade in trades[1:]} == {0}
    assert not [value for value in values if value["kind"] == "gap"]
    letters = read_topic(bootstrap_servers, namespace.topic("dead_letters"))
    reasons = {record.value["reason"] for record in letters}
    assert reasons & {"bad_json", "bad_shape"}
    assert "duplicate" not in reasons  # a trade that comes once a connection is no fault
    events = read_topic(bootstrap_servers, namespace.topic("feed_events"))
    told = {record.value["event"] for record in events}
    assert {"connected", "disconnected", "gap_found", "gap_repaired"} <= told
    assert "gap_left" not in told
