"""A worker as an operator runs it: files, a process, signals."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


class WorkerProcess:
    """One worker with one spot connector on the exchange at a URL."""

    def __init__(
        self, folder: Path, bootstrap_servers: str, namespace: str, exchange_url: str, **config: str
    ) -> None:
        self._folder = folder
        self._namespace = namespace
        self._bootstrap_servers = bootstrap_servers
        connector = {
            "connector.class": "connectors.binance.spot.SpotTradesConnector",
            "exchange": "simulator",
            "simulator.url": exchange_url,
            "symbols": "BTCUSDT,ETHUSDT",
            "heartbeat.interval.ms": "200",
        }
        self._write("spot.json", {"name": "spot", "config": connector | config})
        self.log = ""
        self._starts = 0

    def _write(self, name: str, content: object) -> None:
        (self._folder / name).write_text(json.dumps(content))

    def start(self) -> "WorkerProcess":
        self._starts += 1
        self.port = free_port()
        name = f"worker{self._starts}"
        self._write(f"{name}.json", {"group.id": self._namespace, "rest.port": self.port})
        self._log_path = self._folder / f"{name}.log"
        with self._log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "connectors",
                    "--worker",
                    f"{self._folder}/{name}.json",
                    f"{self._folder}/spot.json",
                ],
                cwd=ROOT,
                stderr=log,
                stdout=log,
                env=os.environ
                | {
                    "KAFKA_BOOTSTRAP_SERVERS": self._bootstrap_servers,
                    "TIDEMARK_NAMESPACE": self._namespace,
                },
            )
        return self

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as response:
            return json.load(response)

    def metric(self, name: str) -> int:
        try:
            status = self.get("/connectors/spot/status")
        except OSError:
            return 0
        value: int = status["tasks"][0]["metrics"].get(name, 0)
        return value

    def wait_until(
        self, condition: Callable[["WorkerProcess"], bool], timeout_s: float = 30
    ) -> None:
        end_s = time.monotonic() + timeout_s
        while not condition(self):
            assert time.monotonic() < end_s, f"gave up after {timeout_s} s:\n{self.output()}"
            time.sleep(0.1)

    def output(self) -> str:
        return self._log_path.read_text()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def terminate(self) -> int:
        """Stop cleanly; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
