"""Measure the `candles` job and its peers on one input, in one run, and print their ratios."""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.candles.candles_job import CandlesJob
from benchmarks.candles.errors import BenchmarkError
from benchmarks.candles.meter import Measured
from benchmarks.candles.trades import Input
from market.names import Namespace
from market.tables import TRADES
from tidemark import pipeline
from tidemark.settings import Settings, read_settings
from tidemark.stack.stack import NotUpError, Stack

BENCH_PYTHON = ".venv-bench/bin/python"
PEER = "python, exact Decimal"
_BACK_S = 120.0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _input(settings: Settings, content: Input) -> Iterator[str]:
    """Make the namespace and fill its topic; take both away afterwards."""
    pipeline.make_ready(settings, _say)
    topic = settings.namespace.topic(TRADES.name)
    try:
        _bench("preload", settings.kafka.bootstrap_servers, topic, str(content.trades))
        yield topic
    finally:
        pipeline.take_away(settings)


def _bench(module: str, *arguments: str) -> str:
    """Run a module in the peers' environment and return what it printed."""
    command = [BENCH_PYTHON, "-m", f"benchmarks.candles.{module}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{module}: expected exit code 0, found {done.returncode}")
    return done.stdout


def _peer(module: str, *arguments: str) -> Measured:
    _say(f"measuring {module}")
    return Measured.from_json(json.loads(_bench(module, *arguments).splitlines()[-1]))


def _fresh_taskmanager(stack: Stack) -> None:
    pid = stack.supervisor.pid("taskmanager")
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _BACK_S
    while time.monotonic() < deadline:
        time.sleep(3)
        try:
            stack.require()
        except NotUpError:
            continue
        return
    raise BenchmarkError(f"taskmanager: expected it back within {_BACK_S} s")


def _job(stack: Stack, settings: Settings, content: Input, warm: int) -> dict[str, Measured]:
    job = CandlesJob(settings, content)
    _fresh_taskmanager(stack)
    _say("measuring the job, cold")
    found = {"candles, cold": job.measure()}
    for number in range(1, warm + 1):
        _say(f"measuring the job, warm {number} of {warm}")
        found[f"candles, warm {number}"] = job.measure()
    return found


def _all(options: argparse.Namespace, stack: Stack, settings: Settings) -> dict[str, Measured]:
    content, servers = Input(options.trades), settings.kafka.bootstrap_servers
    with _input(settings, content) as topic:
        found = _job(stack, settings, content, options.warm)
        found["read only"] = _peer("peer_reader", servers, topic)
        found[PEER] = _peer("peer_python", servers, topic)
        output = settings.namespace.topic("candles_1s")
        slice_ = str(min(options.quix_trades, options.trades))
        found["quixstreams, exactly once"] = _peer(
            "peer_quixstreams", servers, topic, slice_, output
        )
    return found


def _report(found: dict[str, Measured], options: argparse.Namespace, loads: list[str]) -> None:
    peer = found[PEER].steady
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{options.trades:,} trades, 4 partitions, lz4; {machine}")
    print(f"load average {loads[0]} before, {loads[1]} after")
    print(f"{'':28}{'records/s':>12}{'rate':>7}{'CPU us':>9}{'CPU':>7}{'whole/s':>12}  windows")
    for name, one in found.items():
        rate, cpu = one.steady.records_per_s, one.steady.cpu_us_per_record
        print(
            f"{name:28}{rate:12,.0f}{rate / peer.records_per_s:7.2f}{cpu:9.2f}"
            f"{cpu / peer.cpu_us_per_record:7.2f}{one.whole.records_per_s:12,.0f}  {one.digest}"
        )
    digests = {one.digest for one in found.values() if one.digest}
    print("windows equal" if len(digests) == 1 else "WINDOWS DIFFER")
    target = Path("build/bench/candles.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({name: one.as_json() for name, one in found.items()}, indent=2))


def _load() -> str:
    return Path("/proc/loadavg").read_text().split()[0]


def main() -> None:
    """Bring a stack up if none runs, measure, report."""
    parser = argparse.ArgumentParser(prog="benchmarks/candles/run", description=__doc__)
    parser.add_argument("--trades", type=int, default=20_000_000, help="trades to preload")
    parser.add_argument("--warm", type=int, default=2, help="runs in a warm TaskManager")
    parser.add_argument("--quix-trades", type=int, default=300_000, help="slice for quixstreams")
    options = parser.parse_args()
    settings = replace(read_settings(), namespace=Namespace("bench_candles"))
    stack, before = Stack(settings), _load()
    stack.up()
    try:
        found = _all(options, stack, settings)
    finally:
        stack.down()
    _report(found, options, [before, _load()])


if __name__ == "__main__":
    main()
