"""Part `job`: tops a second of job `liquidity` at parallelism 2, beside hand-written consumers.

One preloaded topic. Two consumers run directly before each of the job's runs: a plain one, and one
that is tuned. A run counts only when all found the same windows. The job also makes minutes, the
newest quotes, the rows of the lake and of MongoDB, and commits all of it; the consumers compute
seconds and write nothing.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks import BenchmarkError
from benchmarks.book.liquidity_job import LiquidityJob
from benchmarks.book.programs import BENCH, PROJECT, Programs, bench_settings, running
from benchmarks.book.report import Report, say
from benchmarks.book.tops import TOPIC, Input
from benchmarks.candles.meter import Measured
from market.dictionary.topics import TRADES
from stack import pipeline
from stack.settings import Settings
from stack.stack import Stack

SERVICES = ("kafka", "mongodb", "taskmanager")
PEERS = {
    "plain consumer": (PROJECT, "peer_plain_windows"),
    "tuned consumer": (BENCH, "peer_windows"),
}
_HEAD = (
    *("", "tops/s", "CPU us/top", "whole tops/s"),
    *("rate / plain", "rate / tuned", "CPU / plain", "CPU / tuned"),
)


@contextmanager
def pipeline_of(settings: Settings) -> Iterator[None]:
    """The empty topics and tables of the run's namespace, which are removed afterwards."""
    pipeline.make_ready(settings, lambda _: None)
    try:
        yield
    finally:
        pipeline.tear_down(settings)


def _add(report: Report, name: str, run: Measured, peers: Sequence[Measured]) -> None:
    for peer in peers:
        if run.digest != peer.digest:
            raise BenchmarkError(
                f"{name}: expected the windows {peer.digest}, found {run.digest}; "
                "the figures are worth nothing"
            )
    rate, cpu_us = run.steady.records_per_s, run.steady.cpu_us_per_record
    report.add(
        (
            name,
            f"{rate:,.0f}",
            f"{cpu_us:.2f}",
            f"{run.whole.records_per_s:,.0f}",
            *(f"{rate / peer.steady.records_per_s:.2f}" for peer in peers),
            *(f"{cpu_us / peer.steady.cpu_us_per_record:.2f}" for peer in peers),
        ),
        run.as_json(),
    )


def _measure(stack: Stack, options: argparse.Namespace, report: Report) -> None:
    settings, content = stack.settings, Input(options.seconds)
    programs, job = Programs(settings.root), LiquidityJob(settings, content)
    topic = (settings.kafka.bootstrap_servers, settings.namespace.topic(TOPIC))
    # A book's second waits for the trades of its time: for ever, if not even their time comes.
    quiet = settings.namespace.topic(TRADES["binance-spot"].name)
    programs.run(BENCH, "preload", *topic, quiet, str(options.seconds))
    stack.supervisor.stop_program("taskmanager")
    stack.up(SERVICES)
    for run in range(1 + options.warm_runs):
        peers = [
            Measured.from_json(json.loads(programs.run(environment, module, *topic)))
            for environment, module in PEERS.values()
        ]
        for name, peer in zip(PEERS, peers, strict=True):
            _add(report, name, peer, peers)
        name = f"job liquidity, {f'warm {run}' if run else 'cold'}"
        _add(report, name, job.measure(), peers)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=int, default=5_000, help="of event time, 400 tops each")
    parser.add_argument("--warm-runs", type=int, default=2)


def run(options: argparse.Namespace) -> None:
    """Measure and report."""
    settings, content = bench_settings(), Input(options.seconds)
    say(f"{content.records:,} tops, {content.windows:,} windows")
    report = Report("job", _HEAD, vars(options) | {"tops": content.records})
    with running(settings, SERVICES) as stack, pipeline_of(settings):
        _measure(stack, options, report)
    report.write(settings.root)
