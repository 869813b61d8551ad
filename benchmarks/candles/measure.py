"""Measure the `candles` job beside its peers, in one run over one preloaded input.

The hand-written consumer runs directly before each of the job's runs, so that a ratio holds when
the machine's speed drifts. A run counts only when both found the same windows.
"""

import argparse
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median

from kafka.admin import KafkaAdminClient

from benchmarks import BenchmarkError
from benchmarks.candles import report
from benchmarks.candles.candles_job import CandlesJob
from benchmarks.candles.meter import Measured
from benchmarks.candles.report import Row
from benchmarks.candles.trades import Input
from market.dictionary.names import Namespace
from stack import pipeline
from stack.settings import Settings, read_settings
from stack.stack import Stack

_NAMESPACE = Namespace("bench")
_SERVICES = ("kafka", "mongodb", "taskmanager")
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Programs:
    """Starts this package's programs over the topic of a pipeline."""

    settings: Settings

    def preload(self, trades: int) -> None:
        """Fill the topic."""
        self._run("preload", str(trades))

    def read(self) -> Measured:
        """Measure the consumer that only reads."""
        return _measured(self._run("peer_reader"))

    def hand_written(self) -> Measured:
        """Measure the hand-written consumer."""
        return _measured(self._run("peer_python"))

    def quixstreams(self, records: int) -> Measured:
        """Measure Quix Streams over the first records."""
        return _measured(self._run("peer_quixstreams", str(records)))

    def _run(self, module: str, *arguments: str) -> str:
        settings = self.settings
        python = settings.root / ".venv-bench" / "bin" / "python"
        topic = settings.namespace.topic("trades")
        command = [str(python), "-m", f"benchmarks.candles.{module}"]
        done = subprocess.run(
            [*command, settings.kafka.bootstrap_servers, topic, *arguments],
            env=os.environ | {"PYTHONPATH": str(settings.root)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchmarkError(f"{module}: expected exit status 0, found {done.returncode}")
        return done.stdout


def _measured(output: str) -> Measured:
    return Measured.from_json(json.loads(output.splitlines()[-1]))


def _say(text: str) -> None:
    print(text, flush=True)


def _row(name: str, measured: Measured, peer: Measured) -> Row:
    """Return a finished run, after telling of it."""
    if measured.digest not in ("", peer.digest):
        raise BenchmarkError(
            f"{name}: expected the windows {peer.digest}, found {measured.digest}; "
            "the figures are worth nothing"
        )
    row = Row(name, measured, peer, os.getloadavg()[0])
    _say(report.table([row]).splitlines()[-1])
    return row


@contextmanager
def _stack(settings: Settings) -> Iterator[Stack]:
    """A running stack; one that did not run before is taken down and wiped afterwards."""
    stack = Stack(settings)
    ours = not stack.supervisor.is_alive()
    try:
        stack.up(_SERVICES)
        yield stack
    finally:
        if ours:
            stack.down(wipe=True)


@contextmanager
def _pipeline(settings: Settings) -> Iterator[None]:
    """The empty topics and tables of the benchmark's namespace, which are removed afterwards."""
    _tear_down(settings)
    pipeline.make_ready(settings, _say)
    try:
        yield
    finally:
        _tear_down(settings)


def _tear_down(settings: Settings) -> None:
    """Remove what the namespace owns, with what Quix Streams made of it."""
    pipeline.tear_down(settings)
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    trades = settings.namespace.topic("trades.binance-spot")
    try:
        admin.delete_topics([name for name in admin.list_topics() if trades in name])
        while trades in admin.list_topics():
            time.sleep(_POLL_S)
    finally:
        admin.close()


def _measure(stack: Stack, options: argparse.Namespace) -> list[Row]:
    settings = stack.settings
    programs, job = Programs(settings), CandlesJob(settings, Input(options.trades))
    programs.preload(options.trades)
    peer = programs.hand_written()
    rows = [
        _row("hand-written consumer", peer, peer),
        _row("consumer that only reads", programs.read(), peer),
    ]
    stack.supervisor.stop_program("taskmanager")
    stack.up(_SERVICES)
    for run in range(1 + options.warm_runs):
        rows.append(_row(f"candles job, {f'warm {run}' if run else 'cold'}", job.measure(), peer))
        peer = programs.hand_written()
        rows.append(_row("hand-written consumer", peer, peer))
    measured = programs.quixstreams(options.quixstreams_trades)
    rows.append(_row("Quix Streams, exactly once", measured, peer))
    return rows


def _conclude(rows: list[Row], options: argparse.Namespace, settings: Settings) -> None:
    warm = [row for row in rows if row.name.startswith("candles job, warm")]
    _say("\n" + report.table(rows))
    if warm:
        rate = median(row.rate_ratio for row in warm)
        cpu = median(row.cpu_ratio for row in warm)
        _say(f"\nwarm, median of {len(warm)}: {rate:.2f} of the rate, {cpu:.2f} of the CPU")
    path = settings.root / "build" / "bench" / "candles.json"
    report.write(path, options.trades, rows)
    _say(f"written to {path.relative_to(settings.root)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/candles/run", description=__doc__)
    parser.add_argument("--trades", type=int, default=20_000_000)
    parser.add_argument("--warm-runs", type=int, default=3)
    parser.add_argument("--quixstreams-trades", type=int, default=500_000)
    return parser.parse_args()


def main() -> None:
    """Set up, measure, report, clean up."""
    options = _options()
    settings = replace(read_settings(), namespace=_NAMESPACE)
    facts = ", ".join(report.machine().values())
    _say(f"{options.trades:,} trades; {facts}; load {os.getloadavg()[0]:.1f}")
    with _stack(settings) as stack, _pipeline(settings):
        _conclude(_measure(stack, options), options, settings)
    _say(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
