"""The book connector in its worker on a real broker: killed, restarted, nothing lost or twice."""

import itertools
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from market.dictionary.names import Namespace
from tests.integration.connectors.kafka_topics import read_topic
from tests.integration.connectors.worker_process import ROOT, WorkerProcess, free_port

SYMBOLS = ("BTCUSDT", "ETHUSDT")
MARKETS = {
    "binance-spot": "connectors.binance.books.SpotBooksConnector",
    "binance-usdm": "connectors.binance.books.UsdmBooksConnector",
}
Row = Mapping[str, Any]


def is_there(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/control/status", timeout=5) as response:
            return bool(json.load(response))
    except OSError:
        return False


@pytest.fixture
def exchange_url(tmp_path: Path) -> Iterator[str]:
    """Return the address of a synthetic exchange, both markets, at five times real time."""
    port = free_port()
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--speed", "5"]
    command += ["--synthetic", ",".join(SYMBOLS), "--market", "all", "--start", "on-subscribe"]
    with (tmp_path / "simulator.log").open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    url, end_s = f"http://127.0.0.1:{port}", time.monotonic() + 30
    try:
        while not is_there(url):
            assert time.monotonic() < end_s, "the simulator did not start"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def seconds_told(rows: list[Row]) -> list[int]:
    times_ms = [row["event_time_ms"] for row in rows]
    return sorted({time_ms // 1_000 for time_ms in times_ms if not time_ms % 1_000})


@pytest.mark.parametrize("market", MARKETS)
def test_a_killed_worker_goes_on_where_its_last_commit_was(
    market: str,
    exchange_url: str,
    tmp_path: Path,
    bootstrap_servers: str,
    namespace: Namespace,
) -> None:
    config = {"connector.class": MARKETS[market], "symbols": ",".join(SYMBOLS)}
    worker = WorkerProcess(tmp_path, bootstrap_servers, namespace.prefix, exchange_url, **config)
    worker.start()
    try:
        worker.wait_until(lambda w: w.metric("records_written_total") > 300, timeout_s=90)
        worker.kill()
        worker.start()
        worker.wait_until(lambda w: w.metric("records_written_total") > 300, timeout_s=90)
        assert worker.terminate() == 0
    finally:
        worker.process.kill()
    topic = namespace.topic(f"book_tops.{market}")
    values = [record.value for record in read_topic(bootstrap_servers, topic)]
    for symbol in SYMBOLS:
        rows = [v for v in values if v["kind"] != "heartbeat" and v["symbol"] == symbol]
        assert [row["book_sequence"] for row in rows] == list(range(1, len(rows) + 1))
        assert [row.get("reason") for row in rows if row.get("reason")] == ["restarted"]
        assert {row["kind"] for row in rows[-20:]} == {"top"}
        steps = {later - sooner for sooner, later in itertools.pairwise(seconds_told(rows))}
        assert steps == {1}
    assert {v["kind"] for v in values} == {"heartbeat", "top", "unsynced"}
    assert read_topic(bootstrap_servers, namespace.topic("book_snapshots"))
    assert not read_topic(bootstrap_servers, namespace.topic("dead_letters"))
