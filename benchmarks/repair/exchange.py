"""A simulated exchange with a past, as a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.errors import TidemarkError
from tidemark.feeds import simulator_status
from tidemark.settings import LOOPBACK
from tidemark.verify.replay import free_port

SYMBOL = "BTCUSDT"
MARKET_START_MS = 1_700_006_400_000
"""When its market begins; the past is before that."""

_START_S = 300


@contextmanager
def exchange(root: Path, past_hours: float) -> Iterator[str]:
    """Run it while the block runs; yield its address.

    Raises:
        TidemarkError: it does not answer.
    """
    port = free_port()
    past = ("--synthetic", SYMBOL, "--seed", "7", "--past-hours", str(past_hours))
    clock = ("--start-time-ms", str(MARKET_START_MS), "--start", "on-subscribe")
    command = [sys.executable, "-m", "simulator", "--port", str(port), *past, *clock]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _START_S
        while simulator_status(port) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise TidemarkError("simulator: expected it to answer, found that it does not")
            time.sleep(0.2)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait()
