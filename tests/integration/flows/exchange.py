"""An exchange that has had given trades: the simulator, which has played them to their end."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stack.feeds import simulator_status
from tests.integration.connectors.worker_process import free_port
from tests.integration.pipelines import trade_line, write_capture
from tests.support.running_stack import ROOT
from verify.captures import RecordedTrade

PLAYED_WITHIN_S = 60


@contextmanager
def exchange(trades: Sequence[RecordedTrade], folder: Path) -> Iterator[str]:
    """Serve trades by REST; yields the address."""
    lines = [
        trade_line(
            one.symbol,
            one.trade_id,
            one.time_ms,
            f"{one.price:.8f}",
            quantity=f"{one.quantity:.8f}",
            buy=one.buy,
        )
        for one in trades
    ]
    capture, port = write_capture(folder / "trades.gz", lines), free_port()
    arguments = ("--capture", str(capture), "--port", str(port), "--speed", "max", "--start", "now")
    process = subprocess.Popen([sys.executable, "-m", "simulator", *arguments], cwd=ROOT)
    try:
        _await_end(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _await_end(port: int) -> None:
    deadline = time.monotonic() + PLAYED_WITHIN_S
    while (status := simulator_status(port)) is None or not status.finished:
        assert time.monotonic() < deadline, status
        time.sleep(0.2)
