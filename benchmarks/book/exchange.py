"""A local exchange in a process of its own, and what its control API tells."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import BenchmarkError

_START_S, _POLL_S, _STOP_S, _ANSWER_S = 60.0, 0.1, 10.0, 30.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running one.

    Attributes:
        url: of REST, streams and the control API.
        pid: of its process.
    """

    url: str
    pid: int

    def get(self, path: str) -> Any:
        """Return an answer.

        Raises:
            OSError: it does not answer.
        """
        with urllib.request.urlopen(f"{self.url}{path}", timeout=_ANSWER_S) as response:
            return json.load(response)

    @property
    def has_ended(self) -> bool:
        """True when a recording was played to its end."""
        return bool(self.get("/control/status")["finished"])

    def book(self, market: str, symbol: str) -> Any:
        """Return all levels of a book and the id of the last diff that told of them."""
        return self.get(f"/control/book?market={market}&symbol={symbol}")


@contextmanager
def exchange(root: Path, *options: str, within_s: float = _START_S) -> Iterator[Exchange]:
    """Start the simulator with some options and end it afterwards; its log is below ``build``.

    Args:
        root: of the checkout.
        options: of the simulator.
        within_s: in which it must answer, seconds; one with a long past makes that first.

    Raises:
        BenchmarkError: it does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log_path = root / "build" / "bench" / "simulator.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "simulator", "--port", str(port), *options]
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, cwd=root, stdout=log, stderr=subprocess.STDOUT)
    try:
        found = Exchange(f"http://127.0.0.1:{port}", process.pid)
        _wait(found, process, log_path, within_s)
        yield found
    finally:
        process.terminate()
        process.wait(_STOP_S)


def _wait(
    found: Exchange, process: "subprocess.Popen[bytes]", log_path: Path, within_s: float
) -> None:
    deadline_s = time.monotonic() + within_s
    while process.poll() is None and time.monotonic() < deadline_s:
        try:
            found.get("/control/status")
        except OSError:
            time.sleep(_POLL_S)
        else:
            return
    raise BenchmarkError(f"simulator at {found.url}: does not answer; see {log_path}")
